"""Flag conversations with a possible opt-out, until a member of the organisation decides."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import message_threads as conversations

# A flagged conversation keeps its first doubtful message, which has waited longest.
_BEGIN = text("""
UPDATE message_threads SET
  opt_out_review_since = :since, opt_out_review_message_id = :message_id
WHERE org_id = :org_id AND contact_id = :contact_id AND opt_out_review_since IS NULL
""")


@dataclass(frozen=True, slots=True)
class Review:
    """A message that may be an opt-out, and when it was received."""

    message_id: UUID
    since: datetime


async def begin(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID, review: Review
) -> None:
    """Flag a conversation for opt-out review, unless it is already flagged."""
    parameters = {"org_id": org_id, "contact_id": contact_id}
    review_of = {"since": review.since, "message_id": review.message_id}
    await connection.execute(_BEGIN, {**parameters, **review_of})


async def flagged_address(
    connection: AsyncConnection, org_id: UUID, contact_id: UUID
) -> str | None:
    """Return the address of a conversation that is flagged for opt-out review, else None."""
    address: str | None = await connection.scalar(
        select(conversations.c.phone).where(
            conversations.c.org_id == org_id,
            conversations.c.contact_id == contact_id,
            conversations.c.opt_out_review_since.is_not(None),
        )
    )
    return address


async def end(connection: AsyncConnection, org_id: UUID, contact_id: UUID) -> bool:
    """End the opt-out review of a conversation. Returns False if it was not flagged."""
    result = await connection.execute(
        update(conversations)
        .where(
            conversations.c.org_id == org_id,
            conversations.c.contact_id == contact_id,
            conversations.c.opt_out_review_since.is_not(None),
        )
        .values(opt_out_review_since=None, opt_out_review_message_id=None)
    )
    return result.rowcount == 1
