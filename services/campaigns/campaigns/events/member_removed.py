"""``event.gateway.member_removed``: nothing goes out in the name of a removed member."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from services.campaigns.campaigns.storage import removed_members
from services.campaigns.campaigns.storage.removed_members import Removal
from services.campaigns.common.support.audit import Action, audit
from smsblaster.identity.v1 import events_pb2


class MembersRemoved:
    """Consumes ``event.gateway.member_removed``.

    It needs no inbox: an event that comes again finds nothing left to do, and one that comes late
    leaves alone what was confirmed after the removal. The job ``tell-holds`` tells messaging.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Take back the campaigns of the members of ``batch``."""
        for incoming in batch:
            event = events_pb2.MemberRemoved.FromString(incoming.payload)
            at = event.removed_at.ToDatetime(UTC)
            await self._take_back(Removal(UUID(event.org_id), UUID(event.user_id), at))

    async def _take_back(self, removal: Removal) -> None:
        async with self._database.org(removal.org_id) as connection:
            for campaign_id, status in await removed_members.take_back(connection, removal):
                action: Action = "campaign_unscheduled" if status == "draft" else "campaign_paused"
                await audit(connection, action, removal.org_id, campaign_id, None)
