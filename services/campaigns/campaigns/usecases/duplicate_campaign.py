"""Duplicate a campaign: copy it into a new draft."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.storage.announcements import announce_created
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.campaign_text import missing_variables
from services.campaigns.campaigns.support.load_campaign import load_campaign
from services.campaigns.campaigns.support.tell_messaging import tell_created


class DuplicateCampaign:
    """Copies campaigns into new drafts."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def duplicate(
        self, org_id: UUID, user_id: UUID, campaign_id: UUID
    ) -> tuple[Campaign, Sequence[str]]:
        """Store a draft of `user_id` with the text and list of a campaign.

        Returns the draft and the placeholders in its text that contacts don't have.

        Raises:
            CrossOrgAccess: The campaign belongs to another organisation.
            NotFound: The campaign doesn't exist.
            Conflict: The campaign is a retry, whose copy would go to the whole list.
        """
        async with self._database.org(org_id) as connection:
            draft = await campaigns.copy(connection, org_id, user_id, campaign_id)
            if draft is not None:
                await announce_created(connection, org_id, draft.id)
                missing = await missing_variables(connection, draft)
        if draft is None:
            await load_campaign(self._database, org_id, campaign_id)
            message = "A retry campaign can't be duplicated. Retry the original campaign again."
            raise Conflict(message, "campaign_is_retry")
        await tell_created(self._dispatch, draft.id, draft.hold_change)
        return draft, missing
