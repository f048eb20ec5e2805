"""The error for a campaign that the organisation does not own."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.common.storage.tables import campaign_counts


async def not_found(database: Database, org_id: UUID, campaign_id: UUID) -> Exception:
    """Return the error for a campaign that the organisation does not own."""
    # The organisation's own campaign may have appeared since it was looked for.
    elsewhere = (campaign_counts.c.campaign_id == campaign_id) & (
        campaign_counts.c.org_id != org_id
    )
    return await database.not_found(campaign_counts, elsewhere, "campaign")
