"""Find test messages whose next delivery report is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.domain.magic_numbers import NEVER_CONFIRMED
from services.messaging.sending.domain.message_status import MessageStatus

_BATCH = 500
_CLAIM_SECONDS = 10

# The ids of test organisations have version 8. A message that is never confirmed is not due again.
_CLAIM = text("""
WITH due AS (
  SELECT id, status = 'sent' AND to_number = ANY(CAST(:silent AS text[])) AS is_over
  FROM sms_messages
  WHERE uuid_extract_version(org_id) IS NOT DISTINCT FROM 8
    AND status IN ('unknown', 'queued', 'sent') AND next_step_at <= now()
    AND NOT EXISTS (
      SELECT FROM left_alone
      WHERE job = 'report-test-messages' AND item = sms_messages.id::text
    )
  ORDER BY next_step_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE sms_messages AS message
SET next_step_at = CASE WHEN due.is_over THEN 'infinity'
  ELSE now() + make_interval(secs => :seconds) END
FROM due WHERE message.id = due.id
RETURNING message.id, message.org_id, message.status, message.to_number,
  message.event_id IS NOT NULL OR message.raw_payload IS NOT NULL AS keeps_payload
""")

HAS_DUE = text("""
EXISTS (
  SELECT FROM sms_messages
  WHERE uuid_extract_version(org_id) IS NOT DISTINCT FROM 8
    AND status IN ('unknown', 'queued', 'sent') AND next_step_at <= now()
)
""")


@dataclass(frozen=True, slots=True)
class PretendedMessage:
    """A test message. `keeps_payload`: whether its last report is stored with it."""

    id: UUID
    org_id: UUID
    status: MessageStatus
    to: str
    keeps_payload: bool


async def claim(connection: AsyncConnection) -> Sequence[PretendedMessage]:
    """Claim test messages whose next report is due. Nobody else gets them for some seconds."""
    parameters = {"silent": NEVER_CONFIRMED, "seconds": _CLAIM_SECONDS, "limit": _BATCH}
    rows = await connection.execute(_CLAIM, parameters)
    return [
        PretendedMessage(
            row.id, row.org_id, MessageStatus(row.status), row.to_number, row.keeps_payload
        )
        for row in rows
    ]
