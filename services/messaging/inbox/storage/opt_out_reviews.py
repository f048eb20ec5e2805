"""Conversations in which a person may have asked for no more texts, until somebody has decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import message_threads as threads

# The first doubtful message stays named: it is what has waited longest.
_BEGIN = text("""
UPDATE message_threads SET
  opt_out_review_since = :since, opt_out_review_message_id = :message_id
WHERE org_id = :org_id AND contact_id = :contact_id AND opt_out_review_since IS NULL
""")

# An address of another channel (whatsapp:+14155550100) names a person who is texted at the number
# in it.
_HELD_BACK = text(r"""
SELECT message.id FROM sms_messages AS message
WHERE message.org_id = :org_id AND message.id = ANY(CAST(:ids AS uuid[]))
  AND message.campaign_id IS NOT NULL
  AND message.to_number IN (
    SELECT coalesce(substring(phone FROM ':\s*(\+[1-9][0-9]{6,14})$'), phone)
    FROM message_threads WHERE org_id = :org_id AND opt_out_review_since IS NOT NULL
  )
""")


@dataclass(frozen=True, slots=True)
class Review:
    """A message that may be an opt-out, and when it came."""

    message_id: UUID
    since: datetime


async def begin(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, review: Review
) -> None:
    """Flag a conversation, unless it is flagged already."""
    parameters = {"org_id": org_id, "contact_id": contact_id}
    review_of = {"since": review.since, "message_id": review.message_id}
    await connection.execute(_BEGIN, {**parameters, **review_of})


async def flagged_address(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID
) -> str | None:
    """Return the address that a flagged conversation is with; None where it is not flagged."""
    address: str | None = await connection.scalar(
        select(threads.c.phone).where(
            threads.c.org_id == org_id,
            threads.c.contact_id == contact_id,
            threads.c.opt_out_review_since.is_not(None),
        )
    )
    return address


async def end(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> bool:
    """Take the flag off a conversation. Returns whether there was one."""
    result = await connection.execute(
        update(threads)
        .where(
            threads.c.org_id == org_id,
            threads.c.contact_id == contact_id,
            threads.c.opt_out_review_since.is_not(None),
        )
        .values(opt_out_review_since=None, opt_out_review_message_id=None)
    )
    return result.rowcount == 1


async def held_back(
    connection: AsyncConnection, org_id: UUID, message_ids: Sequence[UUID]
) -> set[UUID]:
    """Return those messages of campaigns that would go to somebody who is flagged."""
    rows = await connection.scalars(_HELD_BACK, {"org_id": org_id, "ids": list(message_ids)})
    return set(rows)
