"""Get the price of a campaign, or of a retry of it."""

import math
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from servicekit.identity import Identity, acting_as, current
from services.campaigns.campaigns.domain.drafts import require_complete
from services.campaigns.campaigns.domain.recipients import Audience, Retry
from services.campaigns.campaigns.domain.retries import nothing_to_retry, require_over
from services.campaigns.campaigns.domain.states import UNCONFIRMED
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import terms as stored_terms
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.campaign_text import campaign_and_text
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.campaigns.support.price_audience import PriceAudience, Priced, Quoted
from services.campaigns.common.domain.terms import Terms


class QuoteCampaign:
    """Returns the prices of campaigns without storing, charging or sending anything."""

    def __init__(self, database: Database, dispatch: Dispatch, prices: PriceAudience) -> None:
        self._database = database
        self._dispatch = dispatch
        self._prices = prices

    async def quote(self, org_id: UUID, campaign_id: UUID, seconds: float = math.inf) -> Quoted:
        """Return the price of the campaign, as far as it can be counted in `seconds`.

        The price follows the confirmed terms, or the current terms if the campaign is a draft or
        paused. At least one page is counted.

        Raises:
            CrossOrgAccess: The campaign belongs to another organisation.
            NotFound: The campaign doesn't exist.
            Conflict: Its list or template was deleted.
            InvalidInput: It has no text or no list, or contacts can't fill its text.
            TooManyRequests: Other quotes of the organisation are in progress.
        """
        until = self._prices.ends_at(seconds)
        with self._prices.admitted(org_id):
            campaign, text = await campaign_and_text(self._database, org_id, campaign_id)
            require_complete(text, campaign.list_id)
            terms = await self._terms(campaign)
            audience, pictures = campaign.audience, campaign.media_urls
            return await self._quoted(
                org_id, Priced(text, audience, pictures, campaign.paid_by), terms, until
            )

    async def quote_retry(
        self, org_id: UUID, campaign_id: UUID, retryable_only: bool, seconds: float = math.inf
    ) -> Quoted:
        """Return what a retry of the campaign by the current user would cost now.

        Raises what ``quote`` raises, and:

        Raises:
            Conflict: The campaign is still sending (code campaign_not_over), or it has sent nothing
                (nothing_to_retry).
        """
        until = self._prices.ends_at(seconds)
        with self._prices.admitted(org_id):
            campaign = await load_campaign(self._database, org_id, campaign_id)
            require_over(campaign.status)
            if campaign.body is None:
                raise nothing_to_retry()
            retry = Retry(campaign.id, campaign.retry_root or campaign.id, retryable_only)
            priced = Priced(campaign.body, Audience(campaign.id, retry), campaign.media_urls)
            return await self._quoted(org_id, priced, await self._current_terms(org_id), until)

    async def _quoted(self, org_id: UUID, priced: Priced, terms: Terms, until: float) -> Quoted:
        try:
            return await self._prices.price(org_id, priced, terms, until)
        except NotFound:
            message = "The campaign's contact list was deleted. Choose another list."
            raise Conflict(message, "campaign_not_startable") from None

    async def _terms(self, campaign: Campaign) -> Terms:
        confirmed = None
        if campaign.status not in UNCONFIRMED:
            async with self._database.org(campaign.org_id) as connection:
                confirmed = await stored_terms.of_campaign(connection, campaign.org_id, campaign.id)
        return confirmed or await self._current_terms(campaign.org_id)

    async def _current_terms(self, org_id: UUID) -> Terms:
        with acting_as(Identity("campaigns", org_id, current().user_id)):
            return await self._dispatch.terms()
