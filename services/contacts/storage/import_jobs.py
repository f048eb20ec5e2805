"""Import jobs: their files in chunks, their leases and their progress.

A worker loses the lease of a cancelled job, as if another worker had taken the job.

A worker runs a job under a lease (``storage/leases.py``).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, literal, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import wakeups
from servicekit.db.database import Database
from servicekit.db.old_rows import OldRows
from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.contacts.domain.import_file import ImportOptions
from services.contacts.domain.import_summary import ImportSummary
from services.contacts.storage.customer_events import tell_import_finished, wants_finished_imports
from services.contacts.storage.leases import LeaseLost
from services.contacts.storage.rows import ImportJob
from services.contacts.storage.tables import AnySelect
from services.contacts.storage.tables import import_job_chunks as chunks
from services.contacts.storage.tables import import_jobs as jobs

WORK = "imports"  # the name by which ``servicekit.wakeups`` wakes the worker
_OPEN = ("pending", "running")
_NO_ERRORS = literal([], jobs.c.errors.type)

_BEGIN_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:org_id, 0))")

# Organisations take turns: first comes the one whose last job started longest ago.
_LEASE = text("""
UPDATE import_jobs
SET status = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now()),
  leased_until = now() + make_interval(secs => :seconds)
WHERE id = (
  SELECT id FROM import_jobs AS job
  WHERE status IN ('pending', 'running') AND leased_until <= now()
  ORDER BY (
    SELECT max(started_at) FROM import_jobs AS other WHERE other.org_id = job.org_id
  ) NULLS FIRST, id
  LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, org_id, attempts, mapping, list_id, default_country, created, updated, opted_out
""")


OLD = OldRows(
    "import_jobs",
    "id::text",
    "status IN ('done', 'failed', 'cancelled')"
    " AND created_at < now() - make_interval(days => :days)"
    " OR status = 'receiving' AND created_at < now() - make_interval(hours => :upload_hours)",
)
"""The rows to delete: jobs older than ``days``, uploads incomplete for ``upload_hours``."""


@dataclass(frozen=True, slots=True)
class Lease:
    """An import job that a worker has leased, and its counts of contacts so far."""

    job_id: UUID
    org_id: UUID
    attempt: int
    options: ImportOptions
    created: int
    updated: int
    opted_out: int = 0


async def add(
    connection: AsyncConnection, org_id: UUID, options: ImportOptions, job_id: UUID | None = None
) -> UUID:
    """Create an import job whose file is not received yet.

    The job is not visible until ``mark_ready``. Returns its id, which is ``job_id`` or a new one.
    """
    job_id = job_id or new_id()
    await connection.execute(
        insert(jobs).values(
            id=job_id,
            org_id=org_id,
            status="receiving",
            mapping=dict(options.mapping),
            list_id=options.list_id,
            default_country=options.default_country,
        )
    )
    return job_id


async def add_chunk(
    connection: AsyncConnection, org_id: UUID, job_id: UUID, number: int, data: bytes
) -> None:
    """Store a piece of a job's file, of at most 1 MiB. ``number`` is its position, from 0."""
    row = {"job_id": job_id, "number": number, "org_id": org_id, "data": data}
    await connection.execute(insert(chunks).values(row))


async def mark_ready(
    connection: AsyncConnection, org_id: UUID, job_id: UUID, total_rows: int | None = None
) -> ImportJob:
    """Mark an import job whose file is complete as ready to run, and return it.

    ``total_rows`` is how many rows the file has, or None if that is unknown.
    """
    statement = update(jobs).where(jobs.c.id == job_id, jobs.c.org_id == org_id)
    await connection.execute(statement.values(status="pending", total_rows=total_rows))
    wakeups.note(connection, WORK)
    return ImportJob(*(await connection.execute(_jobs(org_id).where(jobs.c.id == job_id))).one())


async def cancel(connection: AsyncConnection, org_id: UUID, job_id: UUID) -> bool:
    """Cancel an import job that is not finished, and delete its file.

    Returns False if the job is finished. The job's worker stops when it next stores progress.
    """
    result = await connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.org_id == org_id, jobs.c.status.in_(_OPEN))
        .values(status="cancelled", finished_at=func.now())
    )
    if result.rowcount == 0:
        return False
    await connection.execute(
        delete(chunks).where(chunks.c.job_id == job_id, chunks.c.org_id == org_id)
    )
    await _tell_finished(connection, org_id, job_id)
    return True


async def headings(connection: AsyncConnection, org_id: UUID, job_id: UUID) -> Sequence[str]:
    """Return the column names of an import job's file. They are empty until the job has begun."""
    query = select(jobs.c.headings).where(jobs.c.id == job_id, jobs.c.org_id == org_id)
    return await connection.scalar(query) or ()


async def remove(connection: AsyncConnection, org_id: UUID, job_id: UUID) -> None:
    """Delete an import job whose file was not received completely."""
    await connection.execute(delete(jobs).where(jobs.c.id == job_id, jobs.c.org_id == org_id))


async def lock_additions(connection: AsyncConnection, org_id: UUID) -> None:
    """Prevent others from adding an import job of the organisation until this transaction ends."""
    await connection.execute(_BEGIN_ALONE, {"org_id": str(org_id)})


async def count_unfinished(connection: AsyncConnection, org_id: UUID) -> int:
    """Count the organisation's import jobs that are pending, running or being received.

    An upload that began more than an hour ago is considered abandoned and is not counted.
    """
    coming = and_(jobs.c.status == "receiving", jobs.c.created_at > func.now() - timedelta(hours=1))
    is_open = or_(jobs.c.status.in_(_OPEN), coming)
    query = select(func.count()).where(jobs.c.org_id == org_id, is_open)
    return await connection.scalar(query) or 0


async def find(connection: AsyncConnection, org_id: UUID, job_id: UUID) -> ImportJob | None:
    """Load an import job. Returns None if it doesn't exist."""
    row = (await connection.execute(_jobs(org_id).where(jobs.c.id == job_id))).first()
    return ImportJob(*row) if row else None


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[ImportJob]:
    """Return up to ``limit`` import jobs of the organisation older than ``before``, newest first.

    The ``row_errors`` of the jobs are left out.
    """
    query = _jobs(org_id, errors=_NO_ERRORS).order_by(jobs.c.id.desc())
    if before:
        query = query.where(jobs.c.id < before)
    return [ImportJob(*row) for row in await connection.execute(query.limit(limit))]


async def not_found(database: Database, org_id: UUID, job_id: UUID) -> Exception:
    """Return the error to raise for an import job that the organisation doesn't own."""
    elsewhere = and_(jobs.c.id == job_id, jobs.c.org_id != org_id)
    return await database.not_found(jobs, elsewhere, "import job")


async def take_lease(connection: AsyncConnection, seconds: float) -> Lease | None:
    """Take the lease of the next import job for ``seconds``, or return None."""
    row = (await connection.execute(_LEASE, {"seconds": seconds})).first()
    if row is None:
        return None
    options = ImportOptions(row.mapping, row.list_id, row.default_country)
    counts = (row.created, row.updated, row.opted_out)
    return Lease(row.id, row.org_id, row.attempts, options, *counts)


async def read_chunk(connection: AsyncConnection, lease: Lease, number: int) -> bytes | None:
    """Return a piece of the job's file, or None after the last one."""
    query = select(chunks.c.data).where(
        chunks.c.job_id == lease.job_id,
        chunks.c.org_id == lease.org_id,
        chunks.c.number == number,
    )
    data: bytes | None = await connection.scalar(query)
    return data


async def save_progress(
    connection: AsyncConnection,
    lease: Lease,
    summary: ImportSummary,
    columns: Sequence[str],
    seconds: float,
) -> None:
    """Store what the job has done since it began, and extend the lease by ``seconds``.

    ``columns`` are the column names of the file. Raises ``LeaseLost``.
    """
    until = func.now() + timedelta(seconds=seconds)
    values = {**asdict(summary), "headings": list(columns), "leased_until": until}
    await _change(connection, lease, values)
    note(connection, Hint(lease.org_id, Topic.IMPORT, lease.job_id))


async def finish(connection: AsyncConnection, lease: Lease) -> None:
    """Mark the job as done, and delete its file. Raises ``LeaseLost``."""
    await _finish(connection, lease, {"status": "done"})


async def fail(connection: AsyncConnection, lease: Lease, failure: str) -> None:
    """Mark the job as failed, and delete its file. ``failure`` says why. Raises ``LeaseLost``."""
    await _finish(connection, lease, {"status": "failed", "failure": failure})


async def _finish(connection: AsyncConnection, lease: Lease, values: dict[str, Any]) -> None:
    org_id, job_id = lease.org_id, lease.job_id
    await _change(connection, lease, {**values, "finished_at": func.now()})
    its_chunks = (chunks.c.job_id == job_id, chunks.c.org_id == org_id)
    await connection.execute(delete(chunks).where(*its_chunks))
    await _tell_finished(connection, org_id, job_id)
    note(connection, Hint(org_id, Topic.IMPORT, job_id))
    note(connection, *(Hint(org_id, topic) for topic in (Topic.CONTACT, Topic.CONTACT_LIST)))


async def _tell_finished(connection: AsyncConnection, org_id: UUID, job_id: UUID) -> None:
    if await wants_finished_imports(connection, org_id):
        query = _jobs(org_id, errors=_NO_ERRORS).where(jobs.c.id == job_id)
        job = ImportJob(*(await connection.execute(query)).one())
        await tell_import_finished(connection, org_id, job)


async def renew(connection: AsyncConnection, lease: Lease, seconds: float) -> None:
    """Renew the lease, so that it expires in ``seconds``. Raises ``LeaseLost``."""
    until = func.now() + timedelta(seconds=seconds)
    await _change(connection, lease, {"leased_until": until})


async def release(connection: AsyncConnection, lease: Lease, seconds: float) -> None:
    """Defer the job for ``seconds`` without counting an attempt. Raises ``LeaseLost``."""
    until = func.now() + timedelta(seconds=seconds)
    await _change(connection, lease, {"leased_until": until, "attempts": lease.attempt - 1})


async def _change(connection: AsyncConnection, lease: Lease, values: dict[str, Any]) -> None:
    result = await connection.execute(
        update(jobs)
        .where(
            jobs.c.id == lease.job_id,
            jobs.c.org_id == lease.org_id,
            jobs.c.attempts == lease.attempt,
            jobs.c.status == "running",
        )
        .values(values)
    )
    if result.rowcount == 0:
        raise LeaseLost


def _jobs(org_id: UUID, errors: Any = jobs.c.errors) -> AnySelect:
    """Select the organisation's import jobs, with the columns in the order of ``ImportJob``."""
    return select(
        jobs.c.id,
        jobs.c.status,
        (jobs.c.created + jobs.c.updated + jobs.c.skipped).label("rows_read"),
        jobs.c.created,
        jobs.c.updated,
        jobs.c.skipped,
        jobs.c.opted_out,
        jobs.c.incomplete,
        errors.label("row_errors"),
        (jobs.c.skipped + jobs.c.incomplete).label("error_count"),
        jobs.c.failure,
        jobs.c.created_at,
        jobs.c.started_at,
        jobs.c.finished_at,
        jobs.c.total_rows,
    ).where(jobs.c.org_id == org_id, jobs.c.status != "receiving")
