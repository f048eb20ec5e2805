"""The sender: takes send jobs off the work queue, several at a time.

A job wakes a sender for one organisation, and the sender claims messages from the database. So if a
job is lost, the messages are sent a moment later (a sweeper publishes another job). If a job is
repeated, it finds nothing to do. While the bus is not available, the sender itself looks for
organisations with due messages. If sending fails for an organisation, the organisation is recorded
and tried less often. The others continue.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import structlog
from google.protobuf.message import DecodeError
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from servicekit import failing_items
from servicekit.bus.connection import BUS_ERRORS, Bus
from servicekit.bus.spans import handling
from servicekit.bus.streams import MESSAGING_SENDERS
from servicekit.db.database import Database
from servicekit.failing_items import Item, JobName
from servicekit.isolation import is_away, may_pass
from servicekit.process import raise_if_cancelled
from servicekit.telemetry.tracing import HEADER, tracing
from services.messaging.sending.storage import due
from services.messaging.sending.usecases.drain import Drain
from smsblaster.messaging.v1 import events_pb2

log = structlog.get_logger()

_JOBS_AT_ONCE = 8
_KEEP_SECONDS = 10.0
_AGAIN_SECONDS = 1.0
_LOOK_SECONDS = 1.0
_NAME = JobName("messaging", "send")


class SendJobs:
    """Reads send jobs from the bus, and sends the due messages, until cancelled.

    A send job says that an organisation has due messages.
    """

    def __init__(self, bus: Bus, drain: Drain, database: Database) -> None:
        self._bus = bus
        self._drain = drain
        self._database = database
        self._free = asyncio.Semaphore(_JOBS_AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()
        failing_items.count_from_zero(_NAME.job)

    async def run(self) -> None:
        """Read send jobs until cancelled.

        Then finish sending the messages that have been claimed.
        """
        try:
            while True:
                raise_if_cancelled()
                try:
                    await self._take_jobs()
                except (NotFoundError, *BUS_ERRORS) as error:
                    log.warning("sender_works_without_the_bus", error=repr(error))
                    await self._work_without_jobs()
                    await asyncio.sleep(_LOOK_SECONDS)
        finally:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _take_jobs(self) -> None:
        subscription = await self._bus.subscribe(MESSAGING_SENDERS)
        while True:
            raise_if_cancelled()
            async with self._free:  # wait for a free slot, and free it for the job
                try:
                    [message] = await subscription.fetch(1, timeout=5)
                except TimeoutError:
                    await self._bus.check()
                    await subscription.consumer_info()
                    continue
            await self._start(self._work(message))

    async def _work_without_jobs(self) -> None:
        """Send once for each organisation that has due messages in the database."""
        try:
            async with self._database.system() as connection:
                waiting = await due.organisations(connection)
            for org_id in waiting:
                await self._start(self._send_unasked(org_id))
            await asyncio.gather(*self._running)
        except Exception as error:  # noqa: BLE001 (it is tried again)
            log.warning("sender_waits", error=repr(error))

    async def _send_unasked(self, org_id: UUID) -> None:
        try:
            with tracing():
                await self._send_for(org_id)
        except Exception as error:  # noqa: BLE001 (it is tried again)
            log.warning("sending_failed", org_id=str(org_id), error=repr(error))

    async def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Start `work` as soon as fewer than the maximum are running."""
        await self._free.acquire()
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._free.release()

    async def _work(self, message: Msg) -> None:
        keeping = asyncio.create_task(_keep(message))
        try:
            with handling(MESSAGING_SENDERS.name, [(message.headers or {}).get(HEADER)]):
                again_in = await self._send_now(message)
        finally:
            keeping.cancel()
        if again_in is None:
            await message.ack()
        else:
            await message.nak(delay=again_in)

    async def _send_now(self, message: Msg) -> float | None:
        try:
            return await self._send(message)
        except Exception as error:  # noqa: BLE001 (the job is redelivered)
            log.warning("send_job_failed", subject=message.subject, error=repr(error))
            return _AGAIN_SECONDS

    async def _send(self, message: Msg) -> float | None:
        """Send the due messages of the organisation whose id is in the send job `message`.

        Returns:
            Seconds until the next try, or None if all is done.

        Raises:
            Exception: An error that concerns all organisations, such as a database that does not
                answer.
        """
        try:
            org_id = UUID(events_pb2.SendJob.FromString(message.data).org_id)
        except (DecodeError, ValueError) as error:
            # The job names no organisation; a sweeper finds the due messages.
            await self._record(Item(message.subject), error)
            return None
        return await self._send_for(org_id)

    async def _send_for(self, org_id: UUID) -> float | None:
        item = Item.org(org_id)
        try:
            again_in = await self._drain.drain(org_id)
        except Exception as error:
            if is_away(error) or may_pass(error):
                raise
            return await self._record(item, error)
        async with self._database.system() as connection:
            await failing_items.resolve(connection, _NAME, item.id)
        return again_in

    async def _record(self, item: Item, error: Exception) -> float:
        async with self._database.system() as connection:
            return await failing_items.record(connection, _NAME, item, error)


async def _keep(message: Msg) -> None:
    while True:
        await asyncio.sleep(_KEEP_SECONDS)
        await message.in_progress()
