"""Handle `event.gateway.member_removed`: stop what the removed member has begun.

The member's download links no longer work, and scheduled sends of the member are held.
"""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from servicekit.bus.consumer import Incoming
from services.messaging.history.usecases.delete_exports import DeleteExports
from services.messaging.sending.usecases.hold_scheduled import HoldScheduled
from smsblaster.identity.v1 import events_pb2


class MembersRemoved:
    """Consumes `event.gateway.member_removed`: deletes exports, and holds scheduled sends.

    Idempotent, so it needs no bus inbox.
    """

    def __init__(self, exports: DeleteExports, scheduled: HoldScheduled) -> None:
        self._exports = exports
        self._scheduled = scheduled

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Delete finished exports of the organisations, and hold the members' scheduled sends."""
        for incoming in batch:
            event = events_pb2.MemberRemoved.FromString(incoming.payload)
            removed_at = event.removed_at.ToDatetime(UTC)
            org_id, user_id = UUID(event.org_id), UUID(event.user_id)
            await self._scheduled.hold_of_member(org_id, user_id, removed_at)
            await self._exports.delete_finished(org_id, requested_before=removed_at)
