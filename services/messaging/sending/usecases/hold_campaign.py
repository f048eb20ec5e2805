"""Hold a campaign's pending messages, or let them be sent again."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.common.storage.send_jobs import wake_sender
from services.messaging.sending.storage import counts
from services.messaging.sending.storage.counts import Hold


class HoldCampaign:
    """Holds and releases campaigns. The change applies as soon as the call returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold(self, org_id: UUID, campaign_id: UUID, wanted: Hold) -> None:
        """Hold a campaign, or release it and wake a sender process for its messages."""
        async with self._database.org(org_id) as connection:
            moved = await counts.hold(connection, org_id, campaign_id, wanted)
            if moved and not wanted.held:
                await wake_sender(connection, org_id)
