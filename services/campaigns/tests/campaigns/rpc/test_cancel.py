"""Cancelling a campaign cancels its unsent messages, and refunds each of them once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.storage import deferred
from services.campaigns.tests.builders import row_of
from services.campaigns.tests.marketer import CANCELLED, PAUSED, Marketer
from services.campaigns.tests.organisation import Organisation
from tests.fixtures.waiting import wait_until


async def planned(marketer: Marketer, organisation: Organisation, size: int) -> str:
    """Create a campaign whose messages are all charged and pending.

    No sender process runs, so they stay pending.
    """
    campaign_id = await marketer.send(list_id=await organisation.a_list_of(size))

    async def pending() -> bool:
        return (await marketer.metrics(campaign_id)).pending == size

    await wait_until(pending)
    return campaign_id


async def is_given_back(marketer: Marketer, organisation: Organisation, campaign_id: str) -> bool:
    metrics = await marketer.metrics(campaign_id)
    return metrics.spent_cents == 0 and await organisation.balance() == 1000


async def test_pending_messages_are_cancelled_and_refunded(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await planned(marketer, organisation, 12)
    assert await organisation.balance() == 988
    cancelled = await marketer.on("CancelCampaign", campaign_id)
    assert cancelled.status == CANCELLED
    assert cancelled.HasField("finished_at")
    assert (cancelled.metrics.recipients, cancelled.metrics.sent) == (12, 0)
    await wait_until(lambda: is_given_back(marketer, organisation, campaign_id))
    metrics = await marketer.metrics(campaign_id)
    assert (metrics.cancelled, metrics.pending, metrics.failed) == (12, 0, 0)
    assert (metrics.recipients, metrics.fail_rate) == (12, 0)
    assert not organisation.received()


async def test_a_paused_campaign_can_be_cancelled_and_then_deleted(
    organisation: Organisation, marketer: Marketer
) -> None:
    campaign_id = await planned(marketer, organisation, 5)
    assert (await marketer.on("PauseCampaign", campaign_id)).status == PAUSED
    await marketer.on("CancelCampaign", campaign_id)
    await wait_until(lambda: is_given_back(marketer, organisation, campaign_id))
    await marketer.on("DeleteCampaign", campaign_id)


async def test_cancelled_scheduled_campaign_never_starts(
    organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(
        list_id=await organisation.a_list_of(1), schedule_at=datetime.now(UTC) + timedelta(hours=1)
    )
    cancelled = await marketer.on("CancelCampaign", created.id)
    assert (cancelled.status, cancelled.HasField("started_at")) == (CANCELLED, False)


async def test_cancelling_a_campaign_deletes_its_deferred_recipients(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    campaign_id = await planned(marketer, organisation, 1)
    contact = UUID(await organisation.a_contact(5))
    late = {contact: datetime.now(UTC) + timedelta(hours=1)}
    org_id = organisation.person.org_id
    async with database.org(org_id) as connection:
        await deferred.settle(connection, org_id, UUID(campaign_id), (), late)
    assert (await marketer.on("GetCampaign", campaign_id)).HasField("waiting_until")
    await marketer.on("CancelCampaign", campaign_id)
    async with database.org(org_id) as connection:
        left = await deferred.seconds_left(connection, org_id, UUID(campaign_id))
    assert left is None
    assert (await row_of(database, UUID(campaign_id))).status == "cancelled"
