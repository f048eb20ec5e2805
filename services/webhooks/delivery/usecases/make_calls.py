"""Call customers' endpoints: make the calls that are due."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy.exc import SQLAlchemyError

from servicekit.crypto import DecryptionFailed
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.outbound.connection import NotBegun
from servicekit.outbound.deadlines import Deadline
from servicekit.process import raise_if_cancelled
from servicekit.telemetry.tracing import span, tracing
from services.webhooks.delivery.domain.calls import Answer, Claimed, Result
from services.webhooks.delivery.domain.pace import Paces
from services.webhooks.delivery.domain.schedule import pause_after
from services.webhooks.delivery.storage import deliveries, queue
from services.webhooks.delivery.support.opened_secrets import OpenedSecrets

log = structlog.get_logger()

CALLS = Counter("smsblaster_webhook_calls_total", "Calls of customers' endpoints", ["outcome"])
CALL_SECONDS = Histogram(
    "smsblaster_webhook_call_seconds",
    "Duration of calls of customers' endpoints",
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15),
)
UNDER_WAY = Gauge(
    "smsblaster_webhook_calls_under_way", "Calls of customers' endpoints that are under way"
)
_SUCCEEDED, _FAILED = "succeeded", "failed"
for _outcome in (_SUCCEEDED, _FAILED):
    CALLS.labels(_outcome)

MakeCall = Callable[[Claimed, Sequence[str], Callable[[], bool]], Awaitable[Answer]]
"""Calls an endpoint, with signatures. Raises ``NotBegun`` if the last argument returns False."""
RecordResult = Callable[[Result], Awaitable[None]]
"""Stores the result of a call. Returns once it is committed."""

_MOST_AT_ONCE = 500
_BATCH = 200
_LEASE_SECONDS = 60.0
_CALL_BEGINS_WITHIN_SECONDS = 30.0
_LOOK_SECONDS = 0.5
"""Seconds between two searches for deliveries whose pause has ended."""
_NEXT_LOOK_SECONDS = 0.01
_OUTAGE_SECONDS = 1.0


class MakeCalls:
    """Claims deliveries that are due and makes their calls, many at once.

    Args:
        database: The service's database.
        secrets: Decrypts the endpoints' secrets.
        call: Calls an endpoint.
        record: Stores the result of a call.
    """

    def __init__(
        self, database: Database, secrets: OpenedSecrets, call: MakeCall, record: RecordResult
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._call = call
        self._record = record
        self._paces = Paces()
        self._under_way: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        database.wakeups.add(deliveries.WORK, self._changed.set)

    async def run(self) -> None:
        """Make calls until cancelled, and then finish those in progress."""
        try:
            while True:
                raise_if_cancelled()
                self._changed.clear()
                try:
                    begun = await self.begin_due()
                except (SQLAlchemyError, OSError) as error:
                    log.warning("deliveries_not_claimed", error=repr(error))
                    await asyncio.sleep(_OUTAGE_SECONDS)
                    continue
                await self._pause(found_work=begun > 0)
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way)

    async def begin_due(self) -> int:
        """Begin calls that are due, as many as may run at once. Returns how many began."""
        free = _MOST_AT_ONCE - len(self._under_way)
        if free <= 0:
            return 0
        now = time.monotonic()
        async with self._database.system() as connection:
            claimed = await queue.claim(
                connection,
                self._paces.free(now),
                self._paces.first,
                min(free, _BATCH),
                _LEASE_SECONDS,
            )
        deadline = Deadline.after(_CALL_BEGINS_WITHIN_SECONDS)
        for each in claimed:
            self._paces.begin(each.endpoint_id, each.max_per_second, now)
            task = asyncio.create_task(self._deliver(each, deadline), name="delivery")
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        UNDER_WAY.set(len(self._under_way))
        return len(claimed)

    async def finish(self) -> None:
        """Wait until every running call has ended and its result is stored."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _pause(self, *, found_work: bool) -> None:
        """Wait until new calls may begin.

        That is when a call has ended, an event came, or some time has passed. Calls end in groups.
        A short wait lets several end, so that more deliveries are claimed at once.
        """
        await asyncio.sleep(_NEXT_LOOK_SECONDS)
        if found_work:
            return
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        UNDER_WAY.set(len(self._under_way))
        self._changed.set()
        if not task.cancelled() and task.exception():
            log.error("delivery_failed", exc_info=task.exception())

    async def _deliver(self, claimed: Claimed, deadline: Deadline) -> None:
        """Make a call and store its result.

        If no result is stored, the delivery is due again when its lease ends.
        """
        with tracing(), span("deliver event"):
            await self._deliver_traced(claimed, deadline)

    async def _deliver_traced(self, claimed: Claimed, deadline: Deadline) -> None:
        succeeded: bool | None = None
        try:
            secrets = await self._secrets.of(claimed)
            answer = await self._call(claimed, secrets, lambda: not deadline.has_passed)
            succeeded = answer.succeeded
            CALLS.labels(_SUCCEEDED if succeeded else _FAILED).inc()
            CALL_SECONDS.observe(answer.duration_ms / 1000)
            await self._record(Result(claimed, answer, _pause(claimed, answer)))
        except NotBegun:
            log.warning("call_not_begun_in_time", endpoint=str(claimed.endpoint_id))
        except (DecryptionFailed, Unavailable):
            log.exception("endpoint_secret_unreadable", endpoint=str(claimed.endpoint_id))
        finally:
            self._paces.end(claimed.endpoint_id, succeeded=succeeded, now=time.monotonic())


def _pause(claimed: Claimed, answer: Answer) -> float | None:
    if answer.succeeded or answer.is_gone:
        return None
    chance = random.random()  # noqa: S311  (it spreads calls, and protects nothing)
    return pause_after(claimed.tries, chance, answer.retry_after)
