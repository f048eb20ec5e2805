"""Resume a paused campaign under the current terms."""

from uuid import UUID

import structlog

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import Blocked, Conflict, Unavailable
from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import lifecycle
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.campaigns.support.tell_messaging import tell_running
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.support.audit import audit

log = structlog.get_logger()


class ResumeCampaign:
    """Resumes paused campaigns and event messages."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def resume(
        self,
        org_id: UUID,
        campaign_id: UUID,
        event_id: UUID | None = None,
        price_version: str | None = None,
    ) -> Campaign:
        """Resume a campaign, or a message of the event `event_id`.

        The user takes over a campaign of a removed member. When messaging can't be reached, the
        terms stay as they were, and a job releases the held messages later.

        Raises:
            CrossOrgAccess: The campaign belongs to another organisation.
            NotFound: The campaign doesn't exist.
            Conflict: The campaign isn't paused, or the quote of `price_version` is out of date.
            Forbidden: The user may not send (code email_not_verified).
        """
        await self._require_may_send()
        campaign = await load_campaign(self._database, org_id, campaign_id, event_id)
        # The user who takes over a campaign decides who pays, so the current setting must be known.
        must_know = price_version is not None or campaign.status_reason == MEMBER_REMOVED
        terms = await self._terms(must_know)
        async with self._database.org(org_id) as connection:
            actor = identity.current().user_id
            resumed = await lifecycle.resume(
                connection, org_id, campaign_id, terms, event_id, actor
            )
            if resumed:
                if terms:
                    terms.require(price_version, resumed.body or "", resumed.media_urls)
                await audit(connection, "campaign_resumed", org_id, campaign_id, actor)
        if resumed is None:
            raise Conflict("Only a paused campaign can be resumed.", "campaign_not_paused")
        await tell_running(self._dispatch, resumed.id, resumed.hold_change)
        return resumed

    async def _require_may_send(self) -> None:
        """Check that the user may send, unless messaging can't be reached.

        Messaging was already asked when the campaign was started. Raises ``Blocked`` when the
        organisation can't send anything at the moment.
        """
        try:
            await self._dispatch.require_may_send()
        except Blocked:
            raise
        except Unavailable:
            log.warning("resumed_unasked")

    async def _terms(self, must_know: bool) -> Terms | None:
        """Return the terms that the user confirms by resuming.

        If messaging can't be reached, returns None, or raises ``Unavailable`` if `must_know`.
        """
        try:
            return await self._dispatch.terms()
        except Unavailable:
            if must_know:
                raise
            return None
