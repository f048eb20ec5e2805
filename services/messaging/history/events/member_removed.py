"""Handle `event.gateway.member_removed`: make the removed member's download links useless."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from servicekit.bus.consumer import Incoming
from services.messaging.history.usecases.delete_exports import DeleteExports
from smsblaster.identity.v1 import events_pb2


class MembersRemoved:
    """Consumes `event.gateway.member_removed`. Idempotent, so it needs no bus inbox."""

    def __init__(self, exports: DeleteExports) -> None:
        self._exports = exports

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Delete the finished exports of the organisations that removed a member."""
        for incoming in batch:
            event = events_pb2.MemberRemoved.FromString(incoming.payload)
            removed_at = event.removed_at.ToDatetime(UTC)
            await self._exports.delete_finished(UUID(event.org_id), requested_before=removed_at)
