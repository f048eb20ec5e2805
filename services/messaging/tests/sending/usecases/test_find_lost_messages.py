"""After a restore, texts that only Twilio or the ledger knows are found, and nothing else."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.vault import envelope_of
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.sending.domain.lost_messages import KnownCharge, parse_charges
from services.messaging.sending.providers.twilio_reader import TwilioReader
from services.messaging.sending.support.lookup_charges import DESCRIPTION
from services.messaging.sending.usecases.complete_lost_messages import CompleteLostMessages
from services.messaging.sending.usecases.find_lost_messages import FindLostMessages
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation, phone
from tests.fixtures.waiting import wait_until

_FORGET = "DELETE FROM sms_messages WHERE id = :id AND org_id = :org_id"
_SPOIL = """
UPDATE twilio_subaccounts SET sub_account_sid = 'AC00000000000000000000000000000000'
WHERE org_id = :org_id
"""


@pytest.fixture
async def search(
    settings: MessagingSettings, database: Database
) -> AsyncIterator[FindLostMessages]:
    reader = TwilioReader(settings.twilio_base_url)
    yield FindLostMessages(database, reader, SendingAccounts(database, envelope_of(settings)))
    await reader.close()


async def execute(organisation: Organisation, statement: str, **values: object) -> None:
    async with organisation.database.org(organisation.org_id) as connection:
        await connection.execute(text(statement), {"org_id": organisation.org_id, **values})


def since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def charge_for(
    organisation: Organisation, message_id: UUID, description: str = "Text message", **more: object
) -> KnownCharge:
    line = {
        "orgId": str(organisation.org_id),
        "messageId": str(message_id),
        "byUserId": str(organisation.person.user_id),
        "campaignId": None,
        "description": description,
        "cents": 1,
        "refunded": False,
    }
    [charge] = parse_charges([json.dumps({**line, **more})])
    return charge


async def test_a_text_whose_row_was_lost_is_found_and_one_that_is_stored_is_not(
    organisation: Organisation, search: FindLostMessages
) -> None:
    lost = await organisation.send(phone(1), "Doors open at 7 pm.")
    await organisation.send(phone(2))
    await execute(organisation, _FORGET, id=UUID(lost.id))
    [found] = await search.of(organisation.org_id, since())
    assert (found.reason, found.to, found.body, found.segments) == (
        "not_stored",
        phone(1),
        "Doors open at 7 pm.",
        1,
    )
    [sid] = [row["sid"] for row in organisation.provider() if row["to"] == phone(1)]
    assert json.loads(found.json) | {"sid": sid, "messageId": None} == json.loads(found.json)


async def test_a_text_that_only_a_callback_has_stored_is_found_as_not_charged(
    organisation: Organisation, search: FindLostMessages
) -> None:
    lost = await organisation.send(phone(1))
    await execute(organisation, _FORGET, id=UUID(lost.id))
    [sid] = [row["sid"] for row in organisation.provider()]
    await organisation.callback(lost.id, sid, "delivered", To=phone(1))
    [found] = await search.of(organisation.org_id, since())
    assert (found.reason, found.sid, found.message_id) == ("not_charged", sid, UUID(lost.id))


async def test_a_text_to_somebody_whose_message_is_searched_for_is_left_out(
    organisation: Organisation, search: FindLostMessages
) -> None:
    message = await organisation.send(phone(1))
    unknown = "UPDATE sms_messages SET status = 'unknown', provider_sid = NULL"
    later = ", next_step_at = now() + interval '1 hour' WHERE id = :id AND org_id = :org_id"
    await execute(organisation, unknown + later, id=UUID(message.id))
    assert await search.of(organisation.org_id, since()) == []


async def test_texts_from_before_the_moment_are_left_out(
    organisation: Organisation, search: FindLostMessages
) -> None:
    lost = await organisation.send(phone(1))
    await execute(organisation, _FORGET, id=UUID(lost.id))
    assert await search.of(organisation.org_id, datetime.now(UTC) + timedelta(minutes=5)) == []


async def test_charges_without_a_message_are_found_and_those_for_lookups_are_left_out(
    organisation: Organisation, other_organisation: Organisation, search: FindLostMessages
) -> None:
    kept = UUID((await organisation.send(phone(1))).id)
    lost = charge_for(organisation, new_id())
    found = await search.without_message(
        [
            charge_for(organisation, kept),
            charge_for(organisation, new_id(), DESCRIPTION),
            charge_for(other_organisation, kept),
            lost,
        ]
    )
    of_the_other, of_this = sorted(found, key=lambda charge: charge.org_id == lost.org_id)
    assert (of_the_other.org_id, of_the_other.message_id) == (other_organisation.org_id, kept)
    assert of_this == lost
    assert json.loads(of_this.json)["reason"] == "only_charged"


async def test_an_organisation_whose_list_cannot_be_read_is_named_and_the_others_are_searched(
    organisation: Organisation, other_organisation: Organisation, search: FindLostMessages
) -> None:
    lost = await organisation.send(phone(1))
    await execute(organisation, _FORGET, id=UUID(lost.id))
    await execute(other_organisation, _SPOIL)
    found = [message async for message in search.of_all(since())]
    assert [m.to for m in found if m.org_id == organisation.org_id] == [phone(1)]
    assert other_organisation.org_id in search.skipped
    assert organisation.org_id not in search.skipped


async def lose(organisation: Organisation, message_id: str, status: str) -> None:
    """Lose the row of a message, which a callback then stores."""
    [sid] = [row["sid"] for row in organisation.provider()]
    await execute(organisation, _FORGET, id=UUID(message_id))
    await organisation.callback(message_id, sid, status, code=30008, To=phone(1))


async def test_a_lost_text_gets_its_charge_its_sender_and_its_campaign_again(
    organisation: Organisation, search: FindLostMessages, database: Database
) -> None:
    message, campaign_id = await organisation.send(phone(1), "Doors open."), new_id()
    await lose(organisation, message.id, "delivered")
    charge = charge_for(organisation, UUID(message.id), campaignId=str(campaign_id))
    complete = CompleteLostMessages(database)
    found = await search.of(organisation.org_id, since())
    assert await complete.complete(found, [charge]) == 1
    assert await search.of(organisation.org_id, since()) == []
    assert await complete.complete(found, [charge]) == 0
    counted = await organisation.counts(campaign_id)
    assert (counted.delivered, counted.spent_cents) == (1, 1)
    detail = await organisation.detail(message.id)
    assert detail.message.body == "Doors open."
    assert await organisation.status(message.id) == "delivered"


async def test_a_lost_text_that_failed_is_refunded_once(
    organisation: Organisation, search: FindLostMessages, database: Database
) -> None:
    """Its callback refunds it. Completing it then makes the refund due, which billing ignores."""
    before = await organisation.balance()
    message = await organisation.send(phone(1))
    await lose(organisation, message.id, "failed")

    async def refunded() -> bool:
        return await organisation.balance() == before

    async def settled() -> bool:
        query = text("SELECT charged AND NOT refund_due FROM sms_messages WHERE id = :id")
        async with database.system() as connection:
            return bool(await connection.scalar(query, {"id": UUID(message.id)}))

    await wait_until(refunded, message="the failed text refunded")
    found = await search.of(organisation.org_id, since())
    charge = charge_for(organisation, UUID(message.id))
    assert await CompleteLostMessages(database).complete(found, [charge]) == 1

    await wait_until(settled, message="the refund settled")
    assert await refunded()


async def test_a_lost_text_without_a_charge_of_its_organisation_stays_as_it_is(
    organisation: Organisation,
    other_organisation: Organisation,
    search: FindLostMessages,
    database: Database,
) -> None:
    message = await organisation.send(phone(1))
    await lose(organisation, message.id, "delivered")
    found = await search.of(organisation.org_id, since())
    foreign = charge_for(other_organisation, UUID(message.id))
    assert await CompleteLostMessages(database).complete(found, [foreign]) == 0
    [still] = await search.of(organisation.org_id, since())
    assert (still.reason, still.message_id) == ("not_charged", UUID(message.id))


@pytest.mark.parametrize("line", ["not JSON", "{}", '{"orgId": "x", "messageId": "y"}', "[]"])
def test_a_line_that_is_no_charge_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="list-charges"):
        parse_charges(["", line])
