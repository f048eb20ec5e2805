"""Handle ``event.messaging.campaign_moved``: make a campaign's next turn due."""

from collections.abc import Callable, Sequence
from uuid import UUID

from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from services.campaigns.campaigns.storage import plans
from smsblaster.messaging.v1 import events_pb2


class CampaignMoved:
    """Consumes ``event.messaging.campaign_moved``: messages of a campaign changed their status.

    Handled events are not recorded: a repeated event does no harm. The planner finds due campaigns
    without events too, only later. `wake` wakes the planner of this process.
    """

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Make the next turn of each campaign in `batch` due now."""
        moved = [events_pb2.CampaignMoved.FromString(incoming.payload) for incoming in batch]
        async with self._database.system() as connection:
            await plans.advance(connection, {(UUID(m.org_id), UUID(m.campaign_id)) for m in moved})
        self._wake()
