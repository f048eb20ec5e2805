"""Find messages to people who may have opted out, while no member has decided about that."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Mostly nobody is under review, and then no message is read. An address of another channel
# (whatsapp:+14155550100) names a person who is texted at the number in it.
_MESSAGES_TO = text(r"""
SELECT message.id FROM sms_messages AS message
WHERE message.org_id = :org_id AND message.id = ANY(CAST(:ids AS uuid[]))
  AND message.campaign_id IS NOT NULL
  AND EXISTS (
    SELECT FROM message_threads WHERE org_id = :org_id AND opt_out_review_since IS NOT NULL
  )
  AND message.to_number IN (
    SELECT coalesce(substring(phone FROM ':\s*(\+[1-9][0-9]{6,14})$'), phone)
    FROM message_threads WHERE org_id = :org_id AND opt_out_review_since IS NOT NULL
  )
""")


async def messages_to(
    connection: AsyncConnection, org_id: UUID, message_ids: Sequence[UUID]
) -> set[UUID]:
    """Return those campaign messages whose recipient may have opted out.

    A member of the organisation must decide whether the recipient has.
    """
    rows = await connection.scalars(_MESSAGES_TO, {"org_id": org_id, "ids": list(message_ids)})
    return set(rows)
