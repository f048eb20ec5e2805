"""Counts of a campaign that were lost are computed again from its messages."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from services.messaging.sending.storage import counts
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import dispatch_pb2
from tests.fixtures.waiting import wait_until

_SENT = 6


@pytest.fixture
async def campaign(organisation: Organisation) -> UUID:
    """Create a campaign whose messages were all handed over to Twilio."""
    campaign = uuid4()
    await organisation.submit(campaign, [phone(n) for n in range(_SENT)])

    async def all_handed_over() -> bool:
        found = await organisation.counts(campaign)
        return found.queued + found.sent + found.delivered == _SENT

    await wait_until(all_handed_over)
    return campaign


async def end(organisation: Organisation, campaign: UUID) -> dispatch_pb2.CampaignCounts:
    """Wait until every message is final and the counts match the messages. Return the counts."""
    failed, undelivered, *delivered = [sent["sid"] for sent in organisation.provider()]
    await organisation.callback(None, failed, "failed", code=30008)
    await organisation.callback(None, undelivered, "undelivered", code=30003)
    for sid in delivered:
        await organisation.callback(None, sid, "delivered")

    async def counted() -> bool:
        found = await organisation.counts(campaign)
        return found == await by_messages(organisation, campaign)

    await wait_until(counted)
    return await organisation.counts(campaign)


async def by_messages(
    organisation: Organisation, campaign: UUID
) -> dispatch_pb2.CampaignCounts | None:
    """Return the counts of the campaign's messages once all are final, or None before."""
    query = text(
        "SELECT status, count(*) AS number, sum(price_cents) AS cents, bool_or(refund_due) AS due"
        " FROM sms_messages WHERE campaign_id = :id AND org_id = :org GROUP BY status"
    )
    async with organisation.database.org(organisation.org_id) as connection:
        found = await connection.execute(query, {"id": campaign, "org": organisation.org_id})
        rows = {row.status: row for row in found}
    if rows.keys() - {"delivered", "undelivered", "failed"} or any(r.due for r in rows.values()):
        return None
    paid = sum(int(row.cents) for status, row in rows.items() if status != "failed")
    numbers = {status: row.number for status, row in rows.items()}
    return dispatch_pb2.CampaignCounts(campaign_id=str(campaign), spent_cents=paid, **numbers)


async def lose(database: Database, organisation: Organisation, campaign: UUID) -> None:
    async with database.org(organisation.org_id) as connection:
        lost = text("DELETE FROM campaign_counts WHERE campaign_id = :id AND org_id = :org")
        await connection.execute(lost, {"id": campaign, "org": organisation.org_id})


async def test_lost_counts_of_a_campaign_are_computed_again_when_they_are_read(
    organisation: Organisation, database: Database, campaign: UUID
) -> None:
    before = await end(organisation, campaign)
    await lose(database, organisation, campaign)
    assert await organisation.counts(campaign) == before


async def test_a_message_whose_status_changes_during_a_recount_is_counted_once(
    organisation: Organisation, database: Database, campaign: UUID
) -> None:
    await lose(database, organisation, campaign)
    await end(organisation, campaign)


async def test_a_held_campaign_stays_held_after_a_recount(
    organisation: Organisation, database: Database
) -> None:
    campaign = uuid4()
    async with database.org(organisation.org_id) as connection:
        await counts.hold(connection, organisation.org_id, campaign, counts.Hold(True, False, None))
    await organisation.submit(campaign, [phone(1), phone(2)])
    await lose(database, organisation, campaign)
    assert (await organisation.counts(campaign)).pending == 2
    await organisation.submit(campaign, [phone(3)])
    assert (await organisation.counts(campaign)).pending == 3
    async with database.org(organisation.org_id) as connection:
        [row] = await counts.of_campaigns(connection, organisation.org_id, [campaign])
    assert row.held
