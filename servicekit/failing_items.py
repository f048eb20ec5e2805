"""Record items that a job fails on, with the cause, until they succeed.

An item is one of the things that a job handles one by one, such as an organisation, a message, a
row or a mail. The record is in the service's own database. Operators see the item in the list of
dead letters, with the status ``waiting`` while it fails and ``resolved`` afterwards.
``servicekit.isolation`` uses it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.ids import new_id
from smsblaster.webhooks.v1 import events_pb2

log = structlog.get_logger()

FAILED = Counter(
    "smsblaster_job_items_failed_total", "Items that began to fail, by job", ["job_name"]
)
RESOLVED = Counter(
    "smsblaster_job_items_resolved_total", "Failing items that succeeded in the end", ["job_name"]
)

DDL = """
CREATE TABLE failing_items (
  job text NOT NULL,
  item text NOT NULL,
  -- The id of the dead letter that tells operators.
  id uuid NOT NULL,
  -- Null for an item that belongs to no organisation.
  org_id uuid,
  cause text NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  first_failed_at timestamptz NOT NULL DEFAULT now(),
  last_failed_at timestamptz NOT NULL DEFAULT now(),
  next_attempt_at timestamptz NOT NULL,
  -- Whether operators have been told: of what may pass by itself not at once.
  told boolean NOT NULL,
  CONSTRAINT pk_failing_items PRIMARY KEY (job, item)
);
CREATE VIEW left_alone WITH (security_invoker = true) AS
  SELECT job, item FROM failing_items WHERE next_attempt_at > now();
"""
"""SQL for a migration of every service: creates the table of failing items.

The migration must also isolate the table by organisation. ``left_alone`` are the items that their
jobs must not try yet. Every query of a job that has a limit leaves them out, so that they don't
hide the items behind them.
"""

MAKE_DUE = text("UPDATE failing_items SET next_attempt_at = now() WHERE next_attempt_at > now()")
"""SQL that makes all items due after the database's clock was set back."""

_CAUSE_LENGTH = 500

# 5 seconds, 10, 20, ... up to 10 minutes: repaired data is noticed soon, and costs little until
# then.
_RECORD = text("""
INSERT INTO failing_items AS known (job, item, id, org_id, cause, next_attempt_at, told)
VALUES (:job, :item, :id, :org_id, :cause, now() + interval '5 seconds', NOT :passing)
ON CONFLICT ON CONSTRAINT pk_failing_items DO UPDATE SET
  cause = excluded.cause, attempts = known.attempts + 1, last_failed_at = now(),
  next_attempt_at = now()
    + least(interval '10 minutes', interval '5 seconds' * 2 ^ least(known.attempts, 10)),
  told = known.told OR NOT :passing OR known.attempts >= 2
RETURNING new.*, coalesce(old.told, false) AS was_told,
  extract(epoch FROM new.next_attempt_at - now())::float AS pause
""")

_RESOLVE = text("""
DELETE FROM failing_items WHERE job = :job AND item = :item RETURNING *, now() AS resolved_at
""")

_OF_JOB = text("""
SELECT item, org_id, next_attempt_at > now() AS left_alone,
  next_attempt_at < now() - interval '15 minutes' AS overdue
FROM failing_items WHERE job = :job
ORDER BY first_failed_at, item
""")

_FAILS = text("SELECT EXISTS (SELECT FROM failing_items WHERE job = :job AND item = :item)")


def count_from_zero(job: str) -> None:
    """Set the job's counters to zero, so that monitoring sees their first increase."""
    FAILED.labels(job)
    RESOLVED.labels(job)


@dataclass(frozen=True, slots=True)
class Item:
    """One of the things that a job handles, and its organisation if it belongs to only one."""

    id: str
    org_id: UUID | None = None

    @classmethod
    def org(cls, org_id: UUID) -> "Item":
        """Return the item of a job that handles whole organisations."""
        return cls(str(org_id), org_id)


@dataclass(frozen=True, slots=True)
class Failing:
    """An item that failed when it was last tried.

    ``left_alone``: it must not be tried again yet. ``overdue``: it should have been tried again
    long ago.
    """

    item: Item
    left_alone: bool
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class JobName:
    """A job and the service that it belongs to."""

    service: str
    job: str

    @property
    def full(self) -> str:
        """The name under which operators find the job's items."""
        return f"{self.service}-{self.job}"


async def of_job(connection: AsyncConnection, job: str) -> Sequence[Failing]:
    """Return the failing items of ``job``, the one that has failed for the longest time first."""
    rows = await connection.execute(_OF_JOB, {"job": job})
    return [Failing(Item(row.item, row.org_id), row.left_alone, row.overdue) for row in rows]


async def fails(connection: AsyncConnection, job: str, item: str) -> bool:
    """Tell whether an item is recorded as failing."""
    return bool(await connection.scalar(_FAILS, {"job": job, "item": item}))


async def record(
    connection: AsyncConnection,
    name: JobName,
    item: Item,
    error: BaseException,
    passing: bool = False,
) -> float:
    """Record that ``item`` failed with ``error``, and tell operators when it begins to fail.

    If the error may pass by itself (``passing``), operators are told only when it happens for the
    third time. Later failures are reported with growing pauses, so that operators see a recent
    cause.

    Returns:
        The seconds until the item is tried again.
    """
    parameters = {
        "job": name.job,
        "item": item.id,
        "id": new_id(),
        "org_id": item.org_id,
        "cause": cause_of(error),
        "passing": passing,
    }
    row = (await connection.execute(_RECORD, parameters)).one()
    pause: float = row.pause
    if not row.told:
        return pause
    if not row.was_told:
        FAILED.labels(name.job).inc()
        log.error(
            "item_fails", job=name.job, item=item.id, org_id=str(item.org_id), cause=row.cause
        )
    if not row.was_told or row.attempts & (row.attempts - 1) == 0:  # 1, 2, 4, 8, ...
        await announce(connection, _dead_letter(name, row, None))
    return pause


async def resolve(connection: AsyncConnection, name: JobName, item_id: str) -> bool:
    """Remove the record of an item that succeeded; return False if there was no record."""
    row = (await connection.execute(_RESOLVE, {"job": name.job, "item": item_id})).one_or_none()
    if row is None:
        return False
    if row.told:
        RESOLVED.labels(name.job).inc()
        log.info("item_succeeds_again", job=name.job, item=item_id, attempts=row.attempts)
        await announce(connection, _dead_letter(name, row, row.resolved_at))
    return True


def cause_of(error: BaseException) -> str:
    """Return the text about ``error`` for operators, with only characters that can be stored."""
    cause = f"{type(error).__name__}: {error}".replace("\0", "\ufffd")
    return cause.encode(errors="replace").decode()[:_CAUSE_LENGTH]


def _dead_letter(
    name: JobName, row: "Row[tuple[object, ...]]", resolved_at: datetime | None
) -> tuple[str, events_pb2.DeadLettered]:
    content = {"job": name.job, "item": row.item, "orgId": row.org_id and str(row.org_id)}
    letter = events_pb2.DeadLettered(
        consumer=name.full,
        subject=f"item.{name.service}.{name.job}",
        message_id=row.item,
        payload=json.dumps(content).encode(),
        error=row.cause,
        attempts=row.attempts,
        letter_id=str(row.id),
        org_id=str(row.org_id) if row.org_id else None,
    )
    letter.first_failed_at.FromDatetime(row.first_failed_at)
    letter.last_failed_at.FromDatetime(row.last_failed_at)
    if resolved_at is not None:
        letter.resolved_at.FromDatetime(resolved_at)
    return subjects.dead_letter(name.service), letter
