"""Retry a campaign: create a new campaign for exactly the recipients that it didn't reach."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.recipients import Retry
from services.campaigns.campaigns.domain.retries import nothing_to_retry, require_over
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import retries
from services.campaigns.campaigns.storage.announcements import announce_created
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.audience import Audiences
from services.campaigns.campaigns.support.begin_campaign import begin
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.campaigns.support.tell_messaging import tell_created, tell_running
from services.campaigns.common.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class CampaignRetry:
    """A user's request to retry a campaign.

    `retryable_only` leaves out recipients whose message would probably fail again. `start` starts
    the new campaign at once.
    """

    org_id: UUID
    user_id: UUID
    campaign_id: UUID
    retryable_only: bool
    start: bool


class RetryFailed:
    """Creates campaigns for the recipients that other campaigns didn't reach."""

    def __init__(self, database: Database, audiences: Audiences, dispatch: Dispatch) -> None:
        self._database = database
        self._audiences = audiences
        self._dispatch = dispatch

    async def retry(self, request: CampaignRetry) -> Campaign:
        """Create the new campaign. It is a draft unless the request starts it.

        Raises:
            CrossOrgAccess: The original belongs to another organisation.
            NotFound: The original doesn't exist.
            Conflict: The original is still sending, has reached everybody, or has a retry that
                isn't finished.
            InvalidInput: The organisation has no phone number to send from (code no_sender).
        """
        original = await load_campaign(self._database, request.org_id, request.campaign_id)
        require_over(original.status)
        root = original.retry_root or original.id
        retry = Retry(request.campaign_id, root, request.retryable_only)
        if not await self._audiences.unreached(request.org_id, retry, campaign_id=None, limit=1):
            raise nothing_to_retry()
        terms = None
        if request.start:
            await self._dispatch.require_sender()
            terms = await self._dispatch.terms()
        campaign = await self._store(request, terms)
        tell = tell_running if campaign.status == "running" else tell_created
        await tell(self._dispatch, campaign.id, campaign.hold_change)
        return campaign

    async def _store(self, request: CampaignRetry, terms: Terms | None) -> Campaign:
        async with self._database.org(request.org_id) as connection:
            draft = await retries.add(
                connection,
                request.org_id,
                request.user_id,
                request.campaign_id,
                request.retryable_only,
            )
            await announce_created(connection, request.org_id, draft.id)
            if not request.start:
                return draft
            if terms:
                terms.require(None, draft.message or "", draft.media_urls)
            started = await begin(connection, draft, draft.message or "", request.user_id, terms)
            return started if started is not None else draft
