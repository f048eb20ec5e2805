"""Messages that waited for longer than the customer allowed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.domain.provider_errors import description
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.platform_codes import TEXT_EXPIRED
from services.messaging.sending.storage import transitions
from services.messaging.sending.storage.tally import Move, move_of

# The index has also the messages that were sent, so only those of the last minutes are read. A
# sender notices older ones when it claims them.
_IS_LATE = """
valid_until BETWEEN now() - interval '15 minutes' AND now() AND status = 'pending' AND charged
"""

_LATE = text(f"""
SELECT org_id, id FROM sms_messages
WHERE {_IS_LATE}
  AND NOT EXISTS (
    SELECT FROM left_alone
    WHERE job = 'expire-messages' AND item = sms_messages.id::text
  )
ORDER BY org_id, id LIMIT 1000
""")  # noqa: S608 (the condition is a constant)

HAS_LATE = text(f"EXISTS (SELECT FROM sms_messages WHERE {_IS_LATE})")


async def late(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """List organisation and id of messages that wait and may no longer be sent."""
    return [(row.org_id, row.id) for row in await connection.execute(_LATE)]


async def expire(connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]) -> Sequence[Move]:
    """Let messages fail whose time is over, unless a sender has claimed them."""
    parameters = {
        "org_id": org_id,
        "ids": list(ids),
        "error_code": TEXT_EXPIRED,
        "error_message": description(TEXT_EXPIRED),
    }
    rows = await connection.execute(transitions.EXPIRE, parameters)
    was, now = MessageStatus.PENDING, MessageStatus.FAILED
    return [move_of(row, org_id, was, now) for row in rows]
