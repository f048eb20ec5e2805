"""Imports that are worked off later: their files in chunks, who works on them, what came of it.

Who works on a job holds a lease. Each lease has a number of its own (``attempts``), and whoever
notes progress names it: a worker whose lease has gone to another one changes nothing any more.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    RowMapping,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.old_rows import OldRows
from servicekit.ids import new_id
from services.contacts.domain.import_file import ImportOptions
from services.contacts.domain.import_rows import RowError
from services.contacts.storage.tables import AnySelect
from services.contacts.storage.tables import import_job_chunks as chunks
from services.contacts.storage.tables import import_jobs as jobs

_OPEN = ("pending", "running")

_BEGIN_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:org_id, 0))")

# Organisations take turns: the one whose last job began longest ago comes first.
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
    "status IN ('done', 'failed') AND created_at < now() - make_interval(days => :days)"
    " OR status = 'receiving' AND created_at < now() - make_interval(hours => :upload_hours)",
)
"""Jobs that ended ``days`` ago, and files that have not come whole in ``upload_hours``."""


class LeaseLost(Exception):
    """Another worker has the job: what this one was about to note must not be kept."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A job to work on, and how many contacts were created, updated and opted out before."""

    job_id: UUID
    org_id: UUID
    attempt: int
    options: ImportOptions
    created: int
    updated: int
    opted_out: int = 0


async def add(connection: AsyncConnection, org_id: UUID, options: ImportOptions) -> UUID:
    """A new job whose file is still to come; nobody sees it yet."""
    job_id = new_id()
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
    """Keep the ``number``-th piece of a job's file, counted from 0, of 1 MiB at the most."""
    row = {"job_id": job_id, "number": number, "org_id": org_id, "data": data}
    await connection.execute(insert(chunks).values(row))


async def mark_ready(connection: AsyncConnection, org_id: UUID, job_id: UUID) -> RowMapping:
    """Let a job whose file is complete be worked off; the job."""
    statement = update(jobs).where(jobs.c.id == job_id, jobs.c.org_id == org_id)
    await connection.execute(statement.values(status="pending"))
    return (await connection.execute(_shown(org_id).where(jobs.c.id == job_id))).mappings().one()


async def remove(connection: AsyncConnection, org_id: UUID, job_id: UUID) -> None:
    """Drop a job whose file did not come, and what there is of it."""
    await connection.execute(delete(jobs).where(jobs.c.id == job_id, jobs.c.org_id == org_id))


async def lock_additions(connection: AsyncConnection, org_id: UUID) -> None:
    """Let nobody else begin a job of the organisation until this transaction ends."""
    await connection.execute(_BEGIN_ALONE, {"org_id": str(org_id)})


async def count_unfinished(connection: AsyncConnection, org_id: UUID) -> int:
    """How many jobs of the organisation wait, are being worked off or taken in.

    A file that has been coming for an hour is taken for one that never will.
    """
    coming = and_(jobs.c.status == "receiving", jobs.c.created_at > func.now() - timedelta(hours=1))
    is_open = or_(jobs.c.status.in_(_OPEN), coming)
    query = select(func.count()).where(jobs.c.org_id == org_id, is_open)
    return await connection.scalar(query) or 0


async def find(connection: AsyncConnection, org_id: UUID, job_id: UUID) -> RowMapping | None:
    """A job as the contract shows it; None where it is not there."""
    return (await connection.execute(_shown(org_id).where(jobs.c.id == job_id))).mappings().first()


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` jobs of the organisation, newest first, older than ``before``; without errors."""
    query = _shown(org_id, errors=literal([], jobs.c.errors.type)).order_by(jobs.c.id.desc())
    if before:
        query = query.where(jobs.c.id < before)
    return (await connection.execute(query.limit(limit))).mappings().all()


async def why_absent(database: Database, org_id: UUID, job_id: UUID) -> Exception:
    """Why the organisation does not see a job: the error to raise."""
    elsewhere = and_(jobs.c.id == job_id, jobs.c.org_id != org_id)
    return await database.not_found(jobs, elsewhere, "import job")


async def take_lease(connection: AsyncConnection, seconds: float) -> Lease | None:
    """Take a job that nobody works on, for ``seconds``; None where there is none."""
    row = (await connection.execute(_LEASE, {"seconds": seconds})).mappings().first()
    if row is None:
        return None
    options = ImportOptions(row["mapping"], row["list_id"], row["default_country"])
    counts = (row["created"], row["updated"], row["opted_out"])
    return Lease(row["id"], row["org_id"], row["attempts"], options, *counts)


async def read_chunk(connection: AsyncConnection, lease: Lease, number: int) -> bytes | None:
    """The ``number``-th piece of the job's file; None after the last."""
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
    counts: dict[str, int],
    errors: Sequence[RowError],
    seconds: float,
) -> None:
    """Note how far the job has come, and hold it for ``seconds`` more. Raises ``LeaseLost``.

    ``counts`` are rows created, updated, skipped and incomplete, and contacts opted out, since the
    job began.
    """
    until = func.now() + timedelta(seconds=seconds)
    noted = [asdict(error) for error in errors]
    await _change(connection, lease, {**counts, "errors": noted, "leased_until": until})


async def finish(connection: AsyncConnection, lease: Lease, failure: str | None = None) -> None:
    """The job is done, or has failed for good; its file is dropped. Raises ``LeaseLost``."""
    status = "failed" if failure else "done"
    values = {"status": status, "failure": failure, "finished_at": func.now()}
    await _change(connection, lease, values)
    await connection.execute(
        delete(chunks).where(chunks.c.job_id == lease.job_id, chunks.c.org_id == lease.org_id)
    )


async def renew(connection: AsyncConnection, lease: Lease, seconds: float) -> None:
    """Hold the job for ``seconds`` from now; others may take it up then. Raises ``LeaseLost``."""
    until = func.now() + timedelta(seconds=seconds)
    await _change(connection, lease, {"leased_until": until})


async def release(connection: AsyncConnection, lease: Lease, seconds: float) -> None:
    """Let the job wait for ``seconds``; this was no attempt. Raises ``LeaseLost``."""
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


def _shown(org_id: UUID, errors: Any = jobs.c.errors) -> AnySelect:
    """The organisation's jobs with the columns of the contract."""
    return select(
        jobs.c.id,
        jobs.c.status,
        (jobs.c.created + jobs.c.updated + jobs.c.skipped).label("rows_read"),
        jobs.c.created,
        jobs.c.updated,
        jobs.c.skipped,
        jobs.c.opted_out,
        jobs.c.incomplete,
        errors.label("errors"),
        jobs.c.skipped.label("error_count"),
        jobs.c.failure,
        jobs.c.created_at,
        jobs.c.started_at,
        jobs.c.finished_at,
    ).where(jobs.c.org_id == org_id, jobs.c.status != "receiving")
