"""Handle ``event.gateway.member_removed``: nothing is sent in the name of a removed member."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from servicekit.bus.consumer import Incoming
from services.campaigns.campaigns.storage.removed_members import Removal
from services.campaigns.campaigns.usecases.take_back_campaigns import TakeBackCampaigns
from smsblaster.identity.v1 import events_pb2


class MembersRemoved:
    """Consumes ``event.gateway.member_removed``: stops campaigns of removed members.

    Handled events are not recorded: a repeated event finds nothing to do, and a late event does not
    change campaigns that were confirmed after the removal. The job ``tell-holds`` tells messaging
    about the changed campaigns.
    """

    def __init__(self, campaigns: TakeBackCampaigns) -> None:
        self._campaigns = campaigns

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Unschedule or pause the campaigns of the members in `batch`."""
        for incoming in batch:
            event = events_pb2.MemberRemoved.FromString(incoming.payload)
            at = event.removed_at.ToDatetime(UTC)
            await self._campaigns.take_back(Removal(UUID(event.org_id), UUID(event.user_id), at))
