"""The history of opt-ins and opt-outs proves when, how and in which words a person has agreed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.ids import new_id
from services.contacts.tests.client import Client, phone
from smsblaster.contacts.v1 import (
    contacts_pb2,
    opt_history_pb2,
    recipients_pb2,
)
from tests.fixtures.running import Running

IN, OUT = contacts_pb2.OPT_STATUS_OPTED_IN, contacts_pb2.OPT_STATUS_OPTED_OUT
MESSAGE, MANUAL = opt_history_pb2.OPT_SOURCE_MESSAGE, opt_history_pb2.OPT_SOURCE_MANUAL
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def client(contacts: Running) -> Client:
    return Client(contacts)


def stamp(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found


async def history(
    client: Client, contact_id: str, **fields: Any
) -> opt_history_pb2.ListOptHistoryResponse:
    request = opt_history_pb2.ListOptHistoryRequest(id=contact_id, **fields)
    found: opt_history_pb2.ListOptHistoryResponse = await client.call(
        client.opt_history.ListOptHistory, request
    )
    return found


async def opt_in(client: Client, contact_id: str, **proof: Any) -> None:
    request = contacts_pb2.OptInContactRequest(id=contact_id, **proof)
    await client.call(client.contacts.OptInContact, request)


async def say(client: Client, word: str, status: Any, moment: datetime) -> None:
    request = recipients_pb2.SetOptStatusRequest(
        phones=[phone(1)], status=status, said_at=stamp(moment), words=word
    )
    await client.internal(client.recipients.SetOptStatus, request)


async def test_the_opt_in_history_shows_when_how_and_in_which_words_a_person_agreed(
    client: Client,
) -> None:
    made = await client.create(phone(1))
    assert not (await history(client, made.id)).items
    await say(client, "Stop!", OUT, NOON)
    await opt_in(client, made.id, method="form of the fair", words="Text me", said_at=stamp(NOON))
    await say(client, "STOP", OUT, NOON + timedelta(hours=1))
    third, second, first = (await history(client, made.id)).items
    assert (first.status, first.source, first.words) == (OUT, MESSAGE, "Stop!")
    assert (first.said_at, first.phone) == (stamp(NOON), phone(1))
    assert not first.HasField("user_id")
    assert (second.status, second.source) == (IN, MANUAL)
    assert (second.method, second.words) == ("form of the fair", "Text me")
    assert (second.said_at, second.user_id) == (stamp(NOON), str(client.person.user_id))
    assert (third.status, third.words) == (OUT, "STOP")


async def test_a_repeated_stop_text_adds_no_history_entry_but_an_opt_in_with_new_proof_does(
    client: Client,
) -> None:
    made = await client.create(phone(1))
    for _ in range(2):
        await client.set_opt_status([phone(1)], "opted_out")
    assert len((await history(client, made.id)).items) == 1
    for method in ("paper", "web form"):
        await opt_in(client, made.id, method=method)
    assert [each.method for each in (await history(client, made.id)).items] == [
        "web form",
        "paper",
        "",
    ]


async def test_the_oldest_history_entry_is_the_opt_status_from_before_the_history(
    client: Client, database: Database
) -> None:
    made = await client.create(phone(1))
    await say(client, "STOP", OUT, NOON)
    forget = text("DELETE FROM contact_opt_history WHERE contact_id = :id")
    async with database.org(client.person.org_id) as connection:
        await connection.execute(forget, {"id": UUID(made.id)})
    [known] = (await history(client, made.id)).items
    assert (known.status, known.source, known.said_at) == (OUT, MESSAGE, stamp(NOON))
    await say(client, "START", IN, NOON + timedelta(hours=1))
    latest, oldest = (await history(client, made.id)).items
    assert (latest.status, latest.words) == (IN, "START")
    assert (oldest.status, oldest.said_at) == (OUT, stamp(NOON))


async def test_the_pages_of_the_history_go_from_newest_to_oldest(client: Client) -> None:
    made = await client.create(phone(1))
    for method in ("a", "b", "c"):
        await opt_in(client, made.id, method=method)
    page = await history(client, made.id, limit=2)
    rest = await history(client, made.id, limit=2, cursor=page.next_cursor)
    assert [each.method for each in (*page.items, *rest.items)] == ["c", "b", "a"]
    assert not rest.next_cursor


async def test_an_opt_in_with_a_future_time_of_consent_is_refused_and_changes_nothing(
    client: Client,
) -> None:
    made = await client.create(phone(1))
    await client.opt_out(made.id)
    with pytest.raises(InvalidInput) as refusal:
        await opt_in(client, made.id, said_at=stamp(datetime.now(UTC) + timedelta(hours=1)))
    assert refusal.value.fields[0].field == "saidAt"
    assert (await client.get(made.id)).opt_status == OUT
    assert len((await history(client, made.id)).items) == 1


async def test_the_history_of_another_organisation_is_not_shown(
    client: Client, contacts: Running
) -> None:
    theirs = await Client(contacts).create(phone(1))
    with pytest.raises(CrossOrgAccess):
        await history(client, theirs.id)
    with pytest.raises(NotFound):
        await history(client, str(new_id()))
