"""Store and read the dead letters of every service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from servicekit.errors import NotFound
from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.storage.tables import webhook_dead_letters as letters

# The condition of each status.
_STATUSES: Mapping[str, ColumnElement[bool]] = {
    "waiting": letters.c.replayed_at.is_(None)
    & letters.c.discarded_at.is_(None)
    & letters.c.resolved_at.is_(None),
    "resolved": letters.c.resolved_at.is_not(None),
    "replayed": letters.c.replayed_at.is_not(None),
    "discarded": letters.c.discarded_at.is_not(None),
}
WAITING = _STATUSES["waiting"]
"""SQL condition for dead letters that wait for an operator, or for their job to succeed."""

LETTERS: Select[tuple[object, ...]] = select(
    letters.c.id,
    letters.c.consumer,
    letters.c.subject,
    letters.c.message_id,
    letters.c.error,
    letters.c.attempts,
    case(*((condition, name) for name, condition in _STATUSES.items())).label("status"),
    letters.c.created_at,
    letters.c.replayed_at,
    letters.c.discarded_at,
    letters.c.org_id,
    func.coalesce(letters.c.last_failed_at, letters.c.created_at).label("last_failed_at"),
    letters.c.resolved_at,
)

# Reports of an item arrive in any order, so the report with the most attempts counts as the newest.
_OPEN = text("""
SELECT consumer, count(*) AS letters FROM webhook_dead_letters
WHERE replayed_at IS NULL AND discarded_at IS NULL AND resolved_at IS NULL GROUP BY consumer
""")

_ADD = text("""
INSERT INTO webhook_dead_letters AS known (
  id, consumer, subject, message_id, payload, error, attempts, org_id, last_failed_at, resolved_at,
  created_at
)
SELECT new.id, consumer, subject, message_id, payload, error, attempts, org_id, last_failed_at,
  resolved_at, coalesce(first_failed_at, now())
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:consumers AS text[]), CAST(:subjects AS text[]),
  CAST(:message_ids AS text[]), CAST(:payloads AS bytea[]), CAST(:errors AS text[]),
  CAST(:attempts AS integer[]), CAST(:org_ids AS uuid[]), CAST(:first_failed_at AS timestamptz[]),
  CAST(:last_failed_at AS timestamptz[]), CAST(:resolved_at AS timestamptz[])
) AS new (id, consumer, subject, message_id, payload, error, attempts, org_id, first_failed_at,
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
"""The rows to delete: dead letters older than ``days`` days.

Items of jobs are deleted once they have not failed for as long.
"""


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """A dead letter and its state.

    `status` is waiting, resolved, replayed or discarded. `payload` is empty in a page of a list.
    """

    id: UUID
    consumer: str
    subject: str
    message_id: str
    error: str
    attempts: int
    status: str
    created_at: datetime
    replayed_at: datetime | None
    discarded_at: datetime | None
    org_id: UUID | None
    last_failed_at: datetime
    resolved_at: datetime | None
    payload: bytes = b""


async def add(connection: AsyncConnection, announced: Sequence[DeadLetter]) -> set[UUID]:
    """Insert dead letters, or update those that are stored already. No id may occur twice.

    Returns:
        The ids of the new dead letters.
    """
    rows = await connection.execute(
        _ADD,
        {
            "ids": [letter.id for letter in announced],
            "consumers": [letter.consumer for letter in announced],
            "subjects": [letter.subject for letter in announced],
            "message_ids": [letter.message_id for letter in announced],
            "payloads": [letter.payload for letter in announced],
            "errors": [letter.error for letter in announced],
            "attempts": [letter.attempts for letter in announced],
            "org_ids": [letter.org_id for letter in announced],
            "first_failed_at": [letter.first_failed_at for letter in announced],
            "last_failed_at": [letter.last_failed_at for letter in announced],
            "resolved_at": [letter.resolved_at for letter in announced],
        },
    )
    return {row.id for row in rows if row.is_new}


async def get(connection: AsyncConnection, letter_id: UUID) -> StoredDeadLetter:
    """Return a dead letter with its payload.

    Raises:
        NotFound: dead_letter_not_found.
    """
    query = LETTERS.add_columns(letters.c.payload).where(letters.c.id == letter_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound("There is no such dead letter.", "dead_letter_not_found")
    return StoredDeadLetter(**row)


async def waiting_messages(
    connection: AsyncConnection, after: UUID | None, limit: int
) -> Sequence[StoredDeadLetter]:
    """Return up to `limit` dead letters of the bus that wait for an operator, oldest first.

    Their ids are above `after`. Failing items of jobs are left out, since their jobs keep trying
    them.
    """
    is_message = ~letters.c.subject.startswith("item.")
    query = LETTERS.add_columns(letters.c.payload).where(_STATUSES["waiting"], is_message)
    if after:
        query = query.where(letters.c.id > after)
    rows = await connection.execute(query.order_by(letters.c.id).limit(limit))
    return [StoredDeadLetter(**row) for row in rows.mappings()]


async def page(
    connection: AsyncConnection,
    consumer: str | None,
    status: str | None,
    limit: int,
    before: UUID | None,
) -> Sequence[StoredDeadLetter]:
    """Return up to `limit` dead letters, newest first.

    A filter that is None matches all of them.
    """
    query = LETTERS.order_by(letters.c.id.desc()).limit(limit)
    if consumer is not None:
        query = query.where(letters.c.consumer == consumer)
    if status is not None:
        query = query.where(_STATUSES[status])
    if before is not None:
        query = query.where(letters.c.id < before)
    return [StoredDeadLetter(**row) for row in (await connection.execute(query)).mappings()]


async def discard(connection: AsyncConnection, letter_id: UUID) -> bool:
    """Mark a waiting dead letter as discarded. Returns False if it is not waiting."""
    statement = (
        update(letters)
        .where(letters.c.id == letter_id, _STATUSES["waiting"])
        .values(discarded_at=func.now())
    )
    return (await connection.execute(statement)).rowcount == 1


async def mark_replayed(connection: AsyncConnection, letter_ids: Sequence[UUID]) -> None:
    """Mark dead letters as replayed."""
    await connection.execute(
        update(letters)
        .where(letters.c.id.in_(letter_ids))
        .values(replayed_at=func.now(), discarded_at=None)
    )


async def open_by_consumer(connection: AsyncConnection) -> Mapping[str, int]:
    """Count the dead letters that wait for an operator, by consumer."""
    rows = await connection.execute(_OPEN)
    return {row.consumer: row.letters for row in rows}
