"""Messages that may no longer be sent: they waited too long, or the person is erased."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.domain.platform_codes import TEXT_EXPIRED
from services.messaging.common.domain.provider_errors import description
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.twilio_codes import RECIPIENT_OPTED_OUT
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
    return await _fail(connection, org_id, ids, TEXT_EXPIRED, at_any_time=False)


async def refuse(connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]) -> Sequence[Move]:
    """Mark messages to a person who has opted out as failed, unless a sender has claimed them."""
    return await _fail(connection, org_id, ids, RECIPIENT_OPTED_OUT, at_any_time=True)


async def _fail(
    connection: AsyncConnection,
    org_id: UUID,
    ids: Sequence[UUID],
    error_code: int,
    *,
    at_any_time: bool,
) -> Sequence[Move]:
    parameters = {
        "org_id": org_id,
        "ids": list(ids),
        "error_code": error_code,
        "error_message": description(error_code),
        "at_any_time": at_any_time,
    }
    rows = await connection.execute(transitions.EXPIRE, parameters)
    was, now = MessageStatus.PENDING, MessageStatus.FAILED
    return [move_of(row, org_id, was, now) for row in rows]
