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
# sender notices older ones when it claims them. OFFSET 0 keeps Postgres from reading all waiting
# messages instead, which may be a million.
_LATE = """
(
  SELECT org_id, id, status, charged FROM sms_messages
  WHERE valid_until BETWEEN now() - interval '{minutes} minutes' AND now()
  OFFSET 0
) AS message
WHERE status = 'pending' AND charged
"""

_FIND = text(f"""
SELECT org_id, id FROM {_LATE.format(minutes=15)}
  AND NOT EXISTS (
    SELECT FROM left_alone WHERE job = 'expire-messages' AND item = message.id::text
  )
ORDER BY org_id, id LIMIT 1000
""")  # noqa: S608 (a constant)

# This is asked every second, so it reads as few rows as possible. The job also runs without it.
HAS_LATE = text(f"EXISTS (SELECT FROM {_LATE.format(minutes=1)})")


async def late(connection: AsyncConnection) -> Sequence[tuple[UUID, UUID]]:
    """List organisation and id of messages that wait and may no longer be sent."""
    return [(row.org_id, row.id) for row in await connection.execute(_FIND)]


async def expire(connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]) -> Sequence[Move]:
    """Let messages fail that may no longer be sent, unless a sender has claimed them."""
    parameters = {
        "org_id": org_id,
        "ids": list(ids),
        "error_code": TEXT_EXPIRED,
        "error_message": description(TEXT_EXPIRED),
    }
    rows = await connection.execute(transitions.EXPIRE, parameters)
    was, now = MessageStatus.PENDING, MessageStatus.FAILED
    return [move_of(row, org_id, was, now) for row in rows]
