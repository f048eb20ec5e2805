"""Load a campaign. Raise an error if the organisation doesn't have it."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.storage.rows import Campaign

EVENT_MESSAGE = "notification"
"""The word that users see for an event message."""


async def load_campaign(
    database: Database, org_id: UUID, campaign_id: UUID, event_id: UUID | None = None
) -> Campaign:
    """Return a campaign or, if `event_id` is given, a message of this event.

    Raises:
        CrossOrgAccess: The campaign belongs to another organisation.
        NotFound: The campaign doesn't exist.
    """
    async with database.org(org_id) as connection:
        campaign = await campaigns.find(connection, org_id, campaign_id, event_id=event_id)
    if campaign is None:
        name = EVENT_MESSAGE if event_id else "campaign"
        raise await campaigns.not_found(database, org_id, campaign_id, name)
    return campaign
