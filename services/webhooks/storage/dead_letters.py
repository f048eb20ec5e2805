"""Dead letters of every service, kept until somebody replays them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.storage.tables import webhook_dead_letters as letters

_ADD = text("""
INSERT INTO webhook_dead_letters (id, consumer, subject, message_id, payload, error, attempts)
SELECT * FROM unnest(
  CAST(:ids AS uuid[]), CAST(:consumers AS text[]), CAST(:subjects AS text[]),
  CAST(:message_ids AS text[]), CAST(:payloads AS bytea[]), CAST(:errors AS text[]),
  CAST(:attempts AS integer[])
)
""")

_FORGET = text("""
DELETE FROM webhook_dead_letters WHERE id IN (
  SELECT id FROM webhook_dead_letters
  WHERE created_at < now() - make_interval(days => :days) ORDER BY created_at LIMIT :limit
)
""")


async def add(connection: AsyncConnection, found: Sequence[DeadLetter]) -> None:
    """Keep dead letters."""
    await connection.execute(
        _ADD,
        {
            "ids": [letter.id for letter in found],
            "consumers": [letter.consumer for letter in found],
            "subjects": [letter.subject for letter in found],
            "message_ids": [letter.message_id for letter in found],
            "payloads": [letter.payload for letter in found],
            "errors": [letter.error for letter in found],
            "attempts": [letter.attempts for letter in found],
        },
    )


async def find(connection: AsyncConnection, letter_id: UUID) -> DeadLetter | None:
    """The dead letter with this id, replayed already or not."""
    rows = await connection.execute(select(letters).where(letters.c.id == letter_id))
    row = rows.mappings().first()
    return _letter(row) if row else None


async def waiting(
    connection: AsyncConnection, after: UUID | None, limit: int
) -> Sequence[DeadLetter]:
    """At most ``limit`` dead letters that were never replayed, oldest first, after ``after``."""
    query = select(letters).where(letters.c.replayed_at.is_(None)).order_by(letters.c.id)
    if after:
        query = query.where(letters.c.id > after)
    rows = await connection.execute(query.limit(limit))
    return [_letter(row) for row in rows.mappings()]


async def note_replayed(connection: AsyncConnection, letter_ids: Sequence[UUID]) -> None:
    """Note that dead letters were replayed."""
    await connection.execute(
        update(letters).where(letters.c.id.in_(letter_ids)).values(replayed_at=func.now())
    )


async def forget_old(connection: AsyncConnection, days: int, limit: int) -> int:
    """Delete at most ``limit`` dead letters that are more than ``days`` old; how many."""
    result = await connection.execute(_FORGET, {"days": days, "limit": limit})
    return result.rowcount


def _letter(row: RowMapping) -> DeadLetter:
    return DeadLetter(
        consumer=row["consumer"],
        subject=row["subject"],
        message_id=row["message_id"],
        payload=bytes(row["payload"]),
        error=row["error"],
        attempts=row["attempts"],
        id=row["id"],
    )
