"""Hold back a campaign's pending messages, or let them go."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.common.storage.send_jobs import wake_sender
from services.messaging.sending.storage import counts


async def hold_campaign(
    database: Database, org_id: UUID, campaign_id: UUID, wanted: counts.Hold
) -> None:
    """Do it; in force when this returns. What is let go wakes a sender."""
    async with database.org(org_id) as connection:
        moved = await counts.hold(connection, org_id, campaign_id, wanted)
        if moved and not wanted.held:
            await wake_sender(connection, org_id)
