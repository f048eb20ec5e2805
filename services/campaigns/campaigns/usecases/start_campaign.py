"""Start a campaign: confirm its text and let the planner send it."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from services.campaigns.campaigns.domain.drafts import require_complete
from services.campaigns.campaigns.domain.states import EDITABLE
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.begin_campaign import begin
from services.campaigns.campaigns.support.campaign_text import (
    TemplateGone,
    template_deleted,
    usable_text,
)
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.campaigns.support.tell_messaging import tell_running
from services.campaigns.common.domain.terms import Terms

_NOT_STARTABLE = "campaign_not_startable"


class StartCampaign:
    """Starts drafts and scheduled campaigns in the name of the current user."""

    def __init__(self, database: Database, contacts: Contacts, dispatch: Dispatch) -> None:
        self._database = database
        self._contacts = contacts
        self._dispatch = dispatch

    async def start(
        self, org_id: UUID, campaign_id: UUID, price_version: str | None = None
    ) -> Campaign:
        """Start a campaign now. This confirms its text and the current terms.

        When this method returns, messaging knows that the phone numbers that the campaign sends
        from are in use.

        Raises:
            CrossOrgAccess: The campaign belongs to another organisation.
            NotFound: The campaign doesn't exist.
            Conflict: The campaign has started, its list or template was deleted, or the quote of
                `price_version` is out of date.
            InvalidInput: The campaign has no text or no list (code campaign_incomplete), contacts
                can't fill the text (missing_variables), or there is no phone number to send from
                (no_sender).
        """
        campaign = await load_campaign(self._database, org_id, campaign_id)
        if campaign.status not in EDITABLE:
            raise _already_started()
        require_complete(campaign.written_text, campaign.list_id)
        if campaign.retry_of is None and campaign.list_id is not None:
            await self._require_list(campaign.list_id)
        await self._dispatch.require_sender()
        terms = await self._dispatch.terms()
        started = await self._start(org_id, campaign_id, terms, price_version)
        await tell_running(self._dispatch, started.id, started.hold_change)
        return started

    async def _start(
        self, org_id: UUID, campaign_id: UUID, terms: Terms, price_version: str | None
    ) -> Campaign:
        actor = identity.current().require_user()
        async with self._database.org(org_id) as connection:
            # The campaign is read again, because it may have been changed or deleted meanwhile.
            campaign = await campaigns.find(connection, org_id, campaign_id, lock=True)
            if campaign is None:
                raise _already_started()
            try:
                source = require_complete(campaign.written_text, campaign.list_id)
                text = await usable_text(connection, org_id, source)
            except TemplateGone:
                raise template_deleted() from None
            terms.require(price_version, text, campaign.media_urls)
            started = await begin(connection, campaign, text, actor, terms)
            if started is None:
                raise _already_started()
        return started

    async def _require_list(self, list_id: UUID) -> None:
        try:
            await self._contacts.require_list(list_id)
        except NotFound:
            message = "The campaign's contact list was deleted. Choose another list."
            raise Conflict(message, _NOT_STARTABLE) from None


def _already_started() -> Conflict:
    return Conflict("Only a draft or a scheduled campaign can be started.", _NOT_STARTABLE)
