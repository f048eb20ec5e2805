"""Bulk changes of contacts: their leases, the contacts that they change and their progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import wakeups
from servicekit.db.database import Database
from servicekit.db.old_rows import OldRows
from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.contacts.domain.bulk_changes import NewBulkChange
from services.contacts.domain.contacts import ContactFilter
from services.contacts.domain.stored_filters import from_json, to_json
from services.contacts.storage import search
from services.contacts.storage.leases import LeaseLost
from services.contacts.storage.rows import BulkChange
from services.contacts.storage.tables import AnySelect
from services.contacts.storage.tables import bulk_change_contacts as found
from services.contacts.storage.tables import bulk_changes as changes

WORK = "bulk-changes"
"""The name by which ``servicekit.wakeups`` wakes the worker that runs bulk changes."""

_OPEN = ("pending", "running")

# Organisations take turns: first comes the one whose last change started longest ago.
_LEASE = text("""
UPDATE bulk_changes
SET status = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now()),
  leased_until = now() + make_interval(secs => :seconds)
WHERE id = (
  SELECT id FROM bulk_changes AS change
  WHERE status IN ('pending', 'running') AND leased_until <= now()
  ORDER BY (
    SELECT max(started_at) FROM bulk_changes AS other WHERE other.org_id = change.org_id
  ) NULLS FIRST, id
  LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, org_id, user_id, attempts, action, tags, list_id, filter, expected_count, matched,
  last_contact_id
""")

_ADD_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")

OLD = OldRows(
    "bulk_changes",
    "id::text",
    "status NOT IN ('pending', 'running') AND created_at < now() - make_interval(days => :days)",
)
"""The rows to delete: finished bulk changes that are older than ``days``."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A bulk change that a worker has leased.

    Attributes:
        matched: how many contacts it changes, or None if they are not found yet.
        last: the last contact that was changed; contacts are changed in the order of their ids.
    """

    job_id: UUID
    org_id: UUID
    user_id: UUID | None
    attempt: int
    change: NewBulkChange
    matched: int | None
    last: UUID | None


async def lock_additions(connection: AsyncConnection, org_id: UUID) -> None:
    """Prevent others from adding a bulk change of the organisation until this transaction ends."""
    await connection.execute(_ADD_ALONE, {"key": f"bulk changes of {org_id}"})


async def count_unfinished(connection: AsyncConnection, org_id: UUID) -> int:
    """Count the organisation's bulk changes that are pending or running."""
    query = select(func.count()).where(changes.c.org_id == org_id, changes.c.status.in_(_OPEN))
    return await connection.scalar(query) or 0


async def add(
    connection: AsyncConnection, org_id: UUID, user_id: UUID | None, change: NewBulkChange
) -> BulkChange:
    """Store a new bulk change, which a worker will run."""
    change_id = new_id()
    await connection.execute(
        insert(changes).values(
            id=change_id,
            org_id=org_id,
            user_id=user_id,
            action=change.action,
            tags=list(change.tags),
            list_id=change.list_id,
            filter=to_json(change.filter),
            expected_count=change.expected_count,
        )
    )
    wakeups.note(connection, WORK)
    query = _changes(org_id).where(changes.c.id == change_id)
    return _change((await connection.execute(query)).one())


async def find(connection: AsyncConnection, org_id: UUID, change_id: UUID) -> BulkChange | None:
    """Load a bulk change. Returns None if it doesn't exist."""
    row = (await connection.execute(_changes(org_id).where(changes.c.id == change_id))).first()
    return _change(row) if row else None


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[BulkChange]:
    """Return up to ``limit`` bulk changes older than ``before``, newest first."""
    query = _changes(org_id).order_by(changes.c.id.desc()).limit(limit)
    if before:
        query = query.where(changes.c.id < before)
    return [_change(row) for row in await connection.execute(query)]


async def not_found(database: Database, org_id: UUID, change_id: UUID) -> Exception:
    """Return the error to raise for a bulk change that the organisation doesn't own."""
    elsewhere = and_(changes.c.id == change_id, changes.c.org_id != org_id)
    return await database.not_found(changes, elsewhere, "bulk change")


async def cancel(connection: AsyncConnection, org_id: UUID, change_id: UUID) -> bool:
    """Cancel a bulk change that is not finished. Returns False if it is finished."""
    result = await connection.execute(
        update(changes)
        .where(changes.c.id == change_id, changes.c.org_id == org_id, changes.c.status.in_(_OPEN))
        .values(status="cancelled", finished_at=func.now())
    )
    await _delete_found(connection, org_id, change_id)
    return result.rowcount == 1


async def take_lease(connection: AsyncConnection, seconds: float) -> Lease | None:
    """Take the lease of the next bulk change for ``seconds``.

    Returns None if there is none to run.
    """
    row = (await connection.execute(_LEASE, {"seconds": seconds})).first()
    if row is None:
        return None
    change = NewBulkChange(
        row.action, from_json(row.filter), row.expected_count, tuple(row.tags), row.list_id
    )
    return Lease(
        row.id, row.org_id, row.user_id, row.attempts, change, row.matched, row.last_contact_id
    )


async def store_found(connection: AsyncConnection, lease: Lease, filters: ContactFilter) -> int:
    """Store the ids of the contacts that match ``filters`` now. Returns their count.

    Raises ``LeaseLost``.
    """
    for query, matching in await search.export_queries(connection, lease.org_id, filters):
        if query:
            await search.set_search(connection, query)
        contact_id = matching.subquery().c.contact_id
        rows = select(literal(lease.job_id), contact_id, literal(lease.org_id))
        statement = insert(found).from_select(["change_id", "contact_id", "org_id"], rows)
        await connection.execute(statement)
    counted = select(func.count()).where(
        found.c.change_id == lease.job_id, found.c.org_id == lease.org_id
    )
    matched: int = await connection.scalar(counted) or 0
    await _update(connection, lease, {"matched": matched})
    return matched


async def next_batch(
    connection: AsyncConnection, lease: Lease, after: UUID | None, limit: int
) -> Sequence[UUID]:
    """Return the ids of up to ``limit`` contacts to change, in order, that follow ``after``."""
    query = (
        select(found.c.contact_id)
        .where(found.c.change_id == lease.job_id, found.c.org_id == lease.org_id)
        .order_by(found.c.contact_id)
        .limit(limit)
    )
    if after:
        query = query.where(found.c.contact_id > after)
    return (await connection.execute(query)).scalars().all()


async def save_progress(
    connection: AsyncConnection, lease: Lease, batch: Sequence[UUID], changed: int, seconds: float
) -> None:
    """Store that a batch is done and how many of its contacts changed, and extend the lease.

    Raises ``LeaseLost``.
    """
    values = {
        "processed": changes.c.processed + len(batch),
        "changed": changes.c.changed + changed,
        "last_contact_id": batch[-1],
        "leased_until": func.now() + timedelta(seconds=seconds),
    }
    await _update(connection, lease, values)


async def finish(connection: AsyncConnection, lease: Lease) -> None:
    """Mark the bulk change as done. Raises ``LeaseLost``."""
    await _finish(connection, lease, {"status": "done"})


async def refuse(connection: AsyncConnection, lease: Lease, failure: str) -> None:
    """Mark the bulk change as refused, before it has changed anything. Raises ``LeaseLost``."""
    await _finish(connection, lease, {"status": "refused", "failure": failure})


async def fail(connection: AsyncConnection, lease: Lease, failure: str) -> None:
    """Mark the bulk change as failed. ``failure`` says why. Raises ``LeaseLost``."""
    await _finish(connection, lease, {"status": "failed", "failure": failure})


async def renew(connection: AsyncConnection, lease: Lease, seconds: float) -> None:
    """Renew the lease, so that it expires in ``seconds``. Raises ``LeaseLost``."""
    await _update(connection, lease, {"leased_until": func.now() + timedelta(seconds=seconds)})


async def release(connection: AsyncConnection, lease: Lease, seconds: float) -> None:
    """Defer the bulk change for ``seconds`` without counting an attempt. Raises ``LeaseLost``."""
    until = func.now() + timedelta(seconds=seconds)
    await _update(connection, lease, {"leased_until": until, "attempts": lease.attempt - 1})


async def _finish(connection: AsyncConnection, lease: Lease, values: dict[str, Any]) -> None:
    await _update(connection, lease, {**values, "finished_at": func.now()})
    await _delete_found(connection, lease.org_id, lease.job_id)


async def _delete_found(connection: AsyncConnection, org_id: UUID, change_id: UUID) -> None:
    await connection.execute(
        delete(found).where(found.c.change_id == change_id, found.c.org_id == org_id)
    )


async def _update(connection: AsyncConnection, lease: Lease, values: dict[str, Any]) -> None:
    note(connection, Hint(lease.org_id, Topic.CONTACT))
    result = await connection.execute(
        update(changes)
        .where(
            changes.c.id == lease.job_id,
            changes.c.org_id == lease.org_id,
            changes.c.attempts == lease.attempt,
            changes.c.status == "running",
        )
        .values(values)
    )
    if result.rowcount == 0:
        raise LeaseLost


def _change(row: Any) -> BulkChange:
    filters, *values = row
    return BulkChange(from_json(filters), *values)


def _changes(org_id: UUID) -> AnySelect:
    """Select the organisation's bulk changes, with the columns in the order of ``BulkChange``."""
    return select(
        changes.c.filter,
        changes.c.id,
        changes.c.action,
        changes.c.tags,
        changes.c.list_id,
        changes.c.status,
        changes.c.expected_count,
        changes.c.matched,
        changes.c.processed,
        changes.c.changed,
        changes.c.failure,
        changes.c.created_at,
        changes.c.started_at,
        changes.c.finished_at,
    ).where(changes.c.org_id == org_id)
