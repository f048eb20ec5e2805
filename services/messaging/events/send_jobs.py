"""The sender: takes send jobs off the work queue, several at a time.

A job is a doorbell for one organisation; what is sent is claimed from the database. So a lost job
costs a moment (a sweeper rings again) and a repeated one finds nothing to do.
"""

import asyncio
from uuid import UUID

import structlog
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError
from sqlalchemy.exc import SQLAlchemyError

from servicekit.bus.connection import BUS_ERRORS, Bus
from servicekit.bus.streams import MESSAGING_SENDERS
from servicekit.errors import DomainError
from servicekit.process import raise_if_cancelled
from services.messaging.usecases.drain import Drain
from smsblaster.messaging.v1 import events_pb2

log = structlog.get_logger()

_JOBS_AT_ONCE = 8
_KEEP_SECONDS = 10.0


class SendJobs:
    """Works on send jobs until cancelled."""

    def __init__(self, bus: Bus, drain: Drain) -> None:
        self._bus = bus
        self._drain = drain
        self._free = asyncio.Semaphore(_JOBS_AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Take jobs for ever. When cancelled, what has been claimed is finished first."""
        try:
            while True:
                raise_if_cancelled()
                try:
                    await self._take_jobs()
                except (NotFoundError, *BUS_ERRORS) as error:
                    log.warning("sender_waits", error=repr(error))
                    await asyncio.sleep(0.5)
        finally:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _take_jobs(self) -> None:
        subscription = await self._bus.subscribe(MESSAGING_SENDERS)
        while True:
            raise_if_cancelled()
            async with self._free:  # one slot is free: fetch, and leave it to the job
                try:
                    [message] = await subscription.fetch(1, timeout=5)
                except TimeoutError:
                    await subscription.consumer_info()
                    continue
            await self._free.acquire()
            task = asyncio.create_task(self._work(message))
            self._running.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._free.release()

    async def _work(self, message: Msg) -> None:
        org_id = UUID(events_pb2.SendJob.FromString(message.data).org_id)
        keeping = asyncio.create_task(_keep(message))
        try:
            again_in = await self._drain(org_id)
        except (SQLAlchemyError, DomainError, *BUS_ERRORS) as error:
            log.warning("send_job_failed", org_id=str(org_id), error=repr(error))
            again_in = 1.0
        finally:
            keeping.cancel()
        if again_in is None:
            await message.ack()
        else:
            await message.nak(delay=again_in)


async def _keep(message: Msg) -> None:
    while True:
        await asyncio.sleep(_KEEP_SECONDS)
        await message.in_progress()
