"""Retry a campaign: a new one over exactly the recipients that it did not reach."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.domain.recipients import Retry
from services.campaigns.campaigns.domain.states import RETRYABLE
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, retries
from services.campaigns.campaigns.support.audience import Audiences
from services.campaigns.campaigns.support.new_campaign import announce_new
from services.campaigns.campaigns.support.tell_messaging import tell_created, tell_running
from services.campaigns.campaigns.usecases.start_campaign import begin, require_sender
from services.campaigns.common.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class CampaignRetry:
    """Who retries which campaign, and how: only errors that can be overcome; started at once."""

    org_id: UUID
    user_id: UUID
    campaign_id: UUID
    retryable_only: bool
    start: bool


async def retry_failed(
    database: Database, audiences: Audiences, dispatch: Dispatch, order: CampaignRetry
) -> RowMapping:
    """Make the campaign; a draft unless it is started.

    Raises ``CrossOrgAccess`` or ``NotFound``; ``Conflict`` where the first one still sends, has
    reached everybody, or has a retry that is not over; ``InvalidInput`` no_sender.
    """
    original = await campaigns.get(database, order.org_id, order.campaign_id)
    if original["status"] not in RETRYABLE:
        raise Conflict("Only a campaign that sends no more can be retried.", "campaign_not_over")
    root = original["retry_root"] or original["id"]
    retry = Retry(order.campaign_id, root, order.retryable_only)
    if not await audiences.unreached(order.org_id, retry, campaign_id=None, limit=1):
        raise Conflict("There is nobody left to retry.", "nothing_to_retry")
    terms = None
    if order.start:
        await require_sender(dispatch)
        terms = await dispatch.terms()
    row = await _store(database, order, terms)
    tell = tell_running if row["status"] == "running" else tell_created
    await tell(dispatch, row)
    return row


async def _store(database: Database, order: CampaignRetry, terms: Terms | None) -> RowMapping:
    async with database.org(order.org_id) as connection:
        row = await retries.add(
            connection, order.org_id, order.user_id, order.campaign_id, order.retryable_only
        )
        await announce_new(connection, row)
        if not order.start:
            return row
        started = await begin(connection, row, row["message"], order.user_id, terms)
        return started if started is not None else row
