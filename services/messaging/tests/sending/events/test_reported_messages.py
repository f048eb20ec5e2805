"""A callback about a missing message stores it once, for the account that signed the callback."""

import asyncio
import itertools
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from sqlalchemy import RowMapping, text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.tests.attendees import Event
from services.messaging.tests.organisation import Organisation, phone

ANN = phone(1)
ACCOUNT, SERVICE = f"AC{'a' * 32}", f"MG{'b' * 32}"


def new_sid() -> str:
    return f"SM{new_id().hex}"


async def tell(
    organisation: Organisation,
    sid: str,
    *words: str,
    named: str | None = None,
    code: int | None = None,
    to: str = ANN,
) -> None:
    """Deliver callbacks about a message with these statuses."""
    await organisation.callback(
        named, sid, *words, code=code, To=to, AccountSid=ACCOUNT, MessagingServiceSid=SERVICE
    )


async def records(database: Database, sid: str) -> Sequence[RowMapping]:
    """Return the messages of all organisations that have this SID."""
    query = text("SELECT * FROM sms_messages WHERE provider_sid = :sid")
    async with database.system() as connection:
        return (await connection.execute(query, {"sid": sid})).mappings().all()


async def test_a_callback_about_a_missing_message_stores_it(
    bare_organisation: Organisation, database: Database
) -> None:
    sid, named = new_sid(), str(new_id())
    await tell(bare_organisation, sid, "delivered", named=named)
    [row] = await records(database, sid)
    assert (str(row["id"]), row["org_id"], row["direction"], row["status"]) == (
        named,
        bare_organisation.org_id,
        "out",
        "delivered",
    )
    assert (row["to_number"], row["from_number"]) == (ANN, "+14155550100")
    assert (row["account_sid"], row["messaging_service_sid"]) == (ACCOUNT, SERVICE)
    assert (row["body"], row["segments"], row["price_cents"], row["charged"]) == ("", 1, 0, False)
    assert row["delivered_at"]
    assert row["raw_payload"]["MessageStatus"] == "delivered"
    detail = await bare_organisation.detail(named)
    assert [e.event_type for e in detail.timeline] == ["pending", "accepted", "delivered"]


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "sent"], 3)))
async def test_callbacks_in_any_order_about_a_missing_message_store_it_once(
    bare_organisation: Organisation, database: Database, order: tuple[str, ...]
) -> None:
    sid = new_sid()
    for word in order:
        await tell(bare_organisation, sid, word)
    [row] = await records(database, sid)
    assert (row["status"], row["raw_payload"]["MessageStatus"]) == ("delivered", order[-1])


async def test_concurrent_callbacks_about_a_missing_message_store_it_once(
    bare_organisation: Organisation, database: Database
) -> None:
    sids = [new_sid() for _ in range(5)]
    await asyncio.gather(
        *(
            tell(bare_organisation, sid, word)
            for word in ("queued", "sent", "delivered")
            for sid in (sids if word == "sent" else reversed(sids))
        )
    )
    for sid in sids:
        [row] = await records(database, sid)
        assert row["status"] == "delivered"


async def test_a_message_that_we_know_only_from_a_callback_is_counted_and_not_charged(
    organisation: Organisation,
) -> None:
    before = await organisation.balance()
    await tell(organisation, new_sid(), "sent", "delivered")
    await tell(organisation, new_sid(), "failed", code=30001)
    rows = await Event(organisation).rows(
        "SELECT sum(sent) AS sent, sum(delivered) AS delivered, sum(failed) AS failed,"
        " sum(spent_cents) AS cents FROM usage_quarters WHERE org_id = :org_id"
    )
    assert dict(rows[0]) == {"sent": 1, "delivered": 1, "failed": 1, "cents": 0}
    assert await organisation.balance() == before


@pytest.mark.parametrize("missing", ["word", "sid", "to"])
async def test_a_callback_without_a_known_status_a_sid_or_a_recipient_stores_nothing(
    bare_organisation: Organisation, missing: str
) -> None:
    await tell(
        bare_organisation,
        "" if missing == "sid" else new_sid(),
        "teleported" if missing == "word" else "delivered",
        to="" if missing == "to" else ANN,
    )
    assert (
        await Event(bare_organisation).rows("SELECT FROM sms_messages WHERE org_id = :org_id") == []
    )


async def test_a_callback_about_another_organisations_message_stores_nothing(
    organisation: Organisation, other_organisation: Organisation, database: Database
) -> None:
    message = await organisation.send(ANN)
    for named in (None, message.id):
        await tell(other_organisation, message.provider_sid, "undelivered", named=named)
    [row] = await records(database, message.provider_sid)
    assert row["org_id"] == organisation.org_id
    assert row["status"] != "undelivered"
    sid = new_sid()
    await tell(other_organisation, sid, "delivered", named=message.id)
    assert await records(database, sid) == []


async def test_a_callback_for_a_missing_message_does_not_take_the_sid_of_a_message_being_sent(
    bare_organisation: Organisation, database: Database
) -> None:
    event = Event(bare_organisation)
    message_id = await event.past(ANN, "unknown", next_step_at="infinity")
    sid = new_sid()
    await tell(bare_organisation, sid, "sent")
    assert await records(database, sid) == []
    await tell(bare_organisation, sid, "delivered", named=message_id)
    [row] = await records(database, sid)
    assert row["id"] == UUID(message_id)


async def test_a_callback_with_our_id_finds_the_message_that_a_callback_without_our_id_stored(
    bare_organisation: Organisation, database: Database
) -> None:
    sid = new_sid()
    await tell(bare_organisation, sid, "sent")
    await tell(bare_organisation, sid, "delivered", named=str(uuid4()))
    [row] = await records(database, sid)
    assert row["status"] == "delivered"
