"""Hold back a campaign's pending messages, or let them go."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.storage import counts
from services.messaging.usecases.wake_sender import wake_sender


async def hold_campaign(
    database: Database, org_id: UUID, campaign_id: UUID, held: bool, running: bool
) -> None:
    """Do it; in force when this returns. What is let go wakes a sender.

    ``running``: whether the campaign is being sent, though all of it may wait.
    """
    async with database.org(org_id) as connection:
        moved = await counts.hold(connection, org_id, campaign_id, held, running)
        if moved and not held:
            await wake_sender(connection, org_id)
