"""Measure for Prometheus how many rows wait in the database, and for how long.

Every replica that runs jobs measures, four times a minute, and all of them find the same. So query
the ``max`` over the replicas. A scrape only reads the last values.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.kinds import JOBS, working_as
from servicekit.jobs import Job

log = structlog.get_logger()

Measure = Callable[[AsyncConnection], Awaitable[None]]
"""Sets gauges from one query that an index serves."""

MEASURED = Gauge(
    "smsblaster_measured_timestamp_seconds",
    "When this process last measured what waits in the database of the service",
    ["service"],
)
SCHEMA = Gauge(
    "smsblaster_schema_version", "Number of the newest migration of the database", ["service"]
)
OUTBOX = Gauge(
    "smsblaster_outbox_events", "Bus events that are not published yet, up to 10,000", ["service"]
)
OUTBOX_OLDEST = Gauge(
    "smsblaster_outbox_oldest_seconds", "Age of the oldest event that is not published", ["service"]
)
FAILING = Gauge(
    "smsblaster_failing_items", "Items that a job skips for now", ["service", "job_name"]
)
JOB_SUCCESS = Gauge(
    "smsblaster_job_last_success_timestamp_seconds",
    "When the last successful run of a job ended",
    ["service", "job_name"],
)
JOB_SECONDS = Gauge(
    "smsblaster_job_last_duration_seconds",
    "How long the last successful run of a job took",
    ["service", "job_name"],
)
JOB_INTERVAL = Gauge(
    "smsblaster_job_interval_seconds",
    "Longest time between the starts of a job while nothing fails",
    ["service", "job_name"],
)

_EVERY_SECONDS = 15.0
_OUTBOX = text("""
SELECT count(*) AS events,
  coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS oldest,
  (SELECT version_num FROM alembic_version) AS schema
FROM (
  SELECT created_at FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 10000
) AS waiting
""")
_RUNS = text("""
SELECT name, extract(epoch FROM finished_at) AS finished,
  extract(epoch FROM finished_at - started_at) AS seconds
FROM job_runs
""")
_FAILING = text("SELECT job, count(*) AS items FROM failing_items GROUP BY job")


class Measurements:
    """Keeps the gauges of ``service`` up to date until cancelled.

    ``further`` are the service's own measurements, beside those that every service has.
    """

    def __init__(
        self, database: Database, service: str, jobs: Sequence[Job], further: Sequence[Measure]
    ) -> None:
        self._database = database
        self._service = service
        self._measures = (self._outbox, self._runs, self._failing, *further)
        self._jobs = {job.name for job in jobs}
        for job in jobs:
            JOB_INTERVAL.labels(service, job.name).set(job.longest_interval().total_seconds())
        self._with_items = set(self._jobs)

    async def run(self) -> None:
        """Measure again and again. After an error, log it and try again."""
        with working_as(JOBS):
            while True:
                try:
                    await self.measure()
                except Exception as error:  # noqa: BLE001 (an alert watches the age of the gauges)
                    log.warning("not_measured", error=repr(error))
                await asyncio.sleep(_EVERY_SECONDS)

    async def measure(self) -> None:
        """Set all gauges once, from the present rows of the database."""
        async with self._database.system() as connection:
            for measure in self._measures:
                await measure(connection)
        MEASURED.labels(self._service).set_to_current_time()

    async def _outbox(self, connection: AsyncConnection) -> None:
        row = (await connection.execute(_OUTBOX)).one()
        OUTBOX.labels(self._service).set(row.events)
        OUTBOX_OLDEST.labels(self._service).set(row.oldest)
        SCHEMA.labels(self._service).set(int(row.schema))

    async def _runs(self, connection: AsyncConnection) -> None:
        for row in await connection.execute(_RUNS):
            if row.name in self._jobs:  # not a job of an earlier release
                JOB_SUCCESS.labels(self._service, row.name).set(row.finished)
                JOB_SECONDS.labels(self._service, row.name).set(row.seconds)

    async def _failing(self, connection: AsyncConnection) -> None:
        items = {row.job: row.items for row in await connection.execute(_FAILING)}
        self._with_items |= items.keys()
        for job in self._with_items:
            FAILING.labels(self._service, job).set(items.get(job, 0))
