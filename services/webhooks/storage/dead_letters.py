"""Dead letters of every service, kept until somebody replays them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.storage.tables import webhook_dead_letters as letters

# What has become of a letter, by name.
_IS: Mapping[str, ColumnElement[bool]] = {
    "waiting": letters.c.replayed_at.is_(None) & letters.c.discarded_at.is_(None),
    "replayed": letters.c.replayed_at.is_not(None),
    "discarded": letters.c.discarded_at.is_not(None),
}
_LETTERS: Select[tuple[object, ...]] = select(
    letters.c.id,
    letters.c.consumer,
    letters.c.subject,
    letters.c.message_id,
    letters.c.error,
    letters.c.attempts,
    case(*((condition, name) for name, condition in _IS.items())).label("status"),
    letters.c.created_at,
    letters.c.replayed_at,
    letters.c.discarded_at,
)

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
    """At most ``limit`` dead letters of which nothing has become, oldest first, after ``after``."""
    query = select(letters).where(_IS["waiting"]).order_by(letters.c.id)
    if after:
        query = query.where(letters.c.id > after)
    rows = await connection.execute(query.limit(limit))
    return [_letter(row) for row in rows.mappings()]


async def page(
    connection: AsyncConnection,
    consumer: str | None,
    status: str | None,
    limit: int,
    before: UUID | None,
) -> Sequence[RowMapping]:
    """At most ``limit`` dead letters, the newest first; None leaves a filter out."""
    query = _LETTERS.order_by(letters.c.id.desc()).limit(limit)
    if consumer is not None:
        query = query.where(letters.c.consumer == consumer)
    if status is not None:
        query = query.where(_IS[status])
    if before is not None:
        query = query.where(letters.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def row_of(connection: AsyncConnection, letter_id: UUID) -> RowMapping | None:
    """A dead letter with its payload and what has become of it."""
    query = _LETTERS.add_columns(letters.c.payload).where(letters.c.id == letter_id)
    return (await connection.execute(query)).mappings().one_or_none()


async def discard(connection: AsyncConnection, letter_id: UUID) -> bool:
    """Discard a dead letter that waits; False where none with this id does."""
    statement = (
        update(letters)
        .where(letters.c.id == letter_id, _IS["waiting"])
        .values(discarded_at=func.now())
    )
    return (await connection.execute(statement)).rowcount == 1


async def note_replayed(connection: AsyncConnection, letter_ids: Sequence[UUID]) -> None:
    """Note that dead letters were replayed."""
    await connection.execute(
        update(letters)
        .where(letters.c.id.in_(letter_ids))
        .values(replayed_at=func.now(), discarded_at=None)
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
