"""Dead letters of every service, kept until somebody replays them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.storage.tables import webhook_dead_letters as letters

# What has become of a letter, by name.
_IS: Mapping[str, ColumnElement[bool]] = {
    "waiting": letters.c.replayed_at.is_(None)
    & letters.c.discarded_at.is_(None)
    & letters.c.resolved_at.is_(None),
    "resolved": letters.c.resolved_at.is_not(None),
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
    letters.c.org_id,
    func.coalesce(letters.c.last_failed_at, letters.c.created_at).label("last_failed_at"),
    letters.c.resolved_at,
)

# What is told of an item comes in any order: the highest number of attempts is the newest.
_ADD = text("""
INSERT INTO webhook_dead_letters AS known (
  id, consumer, subject, message_id, payload, error, attempts, org_id, last_failed_at, resolved_at,
  created_at
)
SELECT told.id, consumer, subject, message_id, payload, error, attempts, org_id, last_failed_at,
  resolved_at, coalesce(first_failed_at, now())
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:consumers AS text[]), CAST(:subjects AS text[]),
  CAST(:message_ids AS text[]), CAST(:payloads AS bytea[]), CAST(:errors AS text[]),
  CAST(:attempts AS integer[]), CAST(:org_ids AS uuid[]), CAST(:first_failed_at AS timestamptz[]),
  CAST(:last_failed_at AS timestamptz[]), CAST(:resolved_at AS timestamptz[])
) AS told (id, consumer, subject, message_id, payload, error, attempts, org_id, first_failed_at,
  last_failed_at, resolved_at)
ON CONFLICT (id) DO UPDATE SET
  error = CASE WHEN excluded.attempts >= known.attempts THEN excluded.error ELSE known.error END,
  attempts = greatest(known.attempts, excluded.attempts),
  last_failed_at = greatest(known.last_failed_at, excluded.last_failed_at),
  resolved_at = coalesce(known.resolved_at, excluded.resolved_at)
RETURNING id, old.id IS NULL AS is_new
""")

OLD = OldRows(
    "webhook_dead_letters",
    "id::text",
    "coalesce(last_failed_at, created_at) < now() - make_interval(days => :days)"
    " AND created_at < now() - make_interval(days => :days)",
)
"""Dead letters of more than ``days``, and items that have not failed for so long."""


async def add(connection: AsyncConnection, found: Sequence[DeadLetter]) -> set[UUID]:
    """Keep dead letters, each named once; the ids of those that were not known before."""
    rows = await connection.execute(
        _ADD,
        {
            "ids": [letter.id for letter in found],
            "consumers": [letter.consumer for letter in found],
            "subjects": [letter.subject for letter in found],
            "message_ids": [letter.message_id for letter in found],
            "payloads": [letter.payload for letter in found],
            "errors": [letter.error for letter in found],
            "attempts": [letter.attempts for letter in found],
            "org_ids": [letter.org_id for letter in found],
            "first_failed_at": [letter.first_failed_at for letter in found],
            "last_failed_at": [letter.last_failed_at for letter in found],
            "resolved_at": [letter.resolved_at for letter in found],
        },
    )
    return {row.id for row in rows if row.is_new}


async def find(connection: AsyncConnection, letter_id: UUID) -> DeadLetter | None:
    """The dead letter with this id, replayed already or not."""
    rows = await connection.execute(select(letters).where(letters.c.id == letter_id))
    row = rows.mappings().first()
    return _letter(row) if row else None


async def waiting(
    connection: AsyncConnection, after: UUID | None, limit: int
) -> Sequence[DeadLetter]:
    """At most ``limit`` messages of which nothing has become, oldest first, after ``after``.

    Items are left out: their jobs go on trying them.
    """
    is_message = ~letters.c.subject.startswith("item.")
    query = select(letters).where(_IS["waiting"], is_message).order_by(letters.c.id)
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
