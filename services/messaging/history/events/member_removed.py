"""``event.gateway.member_removed``: links to exports that a removed member may have end."""

from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

from servicekit.bus.consumer import Incoming
from services.messaging.history.usecases.write_exports import WriteExports
from smsblaster.identity.v1 import events_pb2


class MembersRemoved:
    """Consumes ``event.gateway.member_removed``; needs no inbox: what is gone stays gone."""

    def __init__(self, exports: WriteExports) -> None:
        self._exports = exports

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Take back the exports of the organisations of ``batch``."""
        for incoming in batch:
            event = events_pb2.MemberRemoved.FromString(incoming.payload)
            await self._exports.take_back(UUID(event.org_id), event.removed_at.ToDatetime(UTC))
