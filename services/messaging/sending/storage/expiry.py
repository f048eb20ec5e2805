"""Messages that waited for longer than the customer allowed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.domain.platform_codes import TEXT_EXPIRED
from services.messaging.common.domain.provider_errors import description
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.storage import transitions
from services.messaging.sending.storage.tally import Move, move_of

_LATE = """
FROM sms_messages AS message
WHERE status = 'pending' AND charged AND valid_until <= now() AND NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'expire-messages' AND item = message.id::text
)
"""

_FIND = text(f"SELECT org_id, id {_LATE} ORDER BY valid_until LIMIT 1000")

HAS_LATE = text(f"EXISTS (SELECT {_LATE})")


async def late(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """List organisation and id of messages that may no longer be sent, at most 1,000.

    The messages wait to be sent. They are sorted by organisation.
    """
    return sorted((row.org_id, row.id) for row in await connection.execute(_FIND))


async def expire(connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]) -> Sequence[Move]:
    """Mark messages as failed that may no longer be sent, unless a sender has claimed them."""
    parameters = {
        "org_id": org_id,
        "ids": list(ids),
        "error_code": TEXT_EXPIRED,
        "error_message": description(TEXT_EXPIRED),
    }
    rows = await connection.execute(transitions.EXPIRE, parameters)
    was, now = MessageStatus.PENDING, MessageStatus.FAILED
    return [move_of(row, org_id, was, now) for row in rows]
