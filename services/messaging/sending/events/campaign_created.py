"""Handle `event.campaigns.created`: create the counts of a campaign before it sends anything."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from services.messaging.sending.storage import counts
from smsblaster.campaigns.v1 import events_pb2


class CampaignsCreated:
    """Consumes `event.campaigns.created`: creates the counts of new campaigns.

    Idempotent, so it needs no bus inbox.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Create the counts of the campaigns of `batch`."""
        created = [events_pb2.CampaignCreated.FromString(each.payload) for each in batch]
        async with self._database.system() as connection:
            await counts.begin(connection, {(UUID(e.campaign_id), UUID(e.org_id)) for e in created})
