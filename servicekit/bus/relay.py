"""The relay publishes a service's outbox in order. Only one relay of a service works at a time.

Each commit of its own process wakes the relay. Every second the relay also looks for rows that
processes left when they died, and for those of processes without a relay.

A row that the bus refuses for its content (too large, a subject without a stream) is recorded and
tried again later. Meanwhile the rows behind it are published.

The relay also notices when the bus has lost its stored messages, because a stream is then younger
than before. In that case it publishes every row of the last day again, and consumers skip the rows
that are in their inboxes.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from nats.errors import BadSubjectError, MaxPayloadError
from nats.js.errors import BadRequestError, NoStreamResponseError
from sqlalchemy import Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import failing_items
from servicekit.bus.connection import BUS_ERRORS, Bus, BusMessage
from servicekit.bus.outbox import WAKEUP, bus_streams, outbox
from servicekit.bus.spans import publishing
from servicekit.db.database import Database
from servicekit.failing_items import Item, JobName
from servicekit.process import raise_if_cancelled

OutboxRow = Row[int, str, bytes, datetime, str | None]
Headers = Mapping[int, dict[str, str]]

log = structlog.get_logger()

_BATCH = 500
# Many small batches would cost more than one.
_GATHER_SECONDS = 0.1
_LOOK_SECONDS = 1.0
_HOUSEKEEPING_SECONDS = 10.0
_HOUSEKEEPING_AGAIN_SECONDS = 2.0
_FORGOTTEN_AT_ONCE = 5000
_LOCK = text("SELECT pg_try_advisory_xact_lock(7217, 2)")
_NAME = "relay"
_DUE = "NOT EXISTS (SELECT FROM left_alone WHERE job = 'relay' AND item = outbox.id::text)"
_IS_BEHIND = text("""
SELECT EXISTS (
  SELECT FROM outbox WHERE published_at IS NULL
    AND NOT EXISTS (SELECT FROM left_alone WHERE job = 'relay' AND item = outbox.id::text)
)
""")
# Errors with which the bus refuses one message while it accepts others. The error for a subject
# without a stream is also the error while JetStream is not available, so JetStream is checked
# first.
_REFUSALS = (
    MaxPayloadError,
    BadSubjectError,
    BadRequestError,
    NoStreamResponseError,
    ValueError,
)
# The rows are published in parts: after a busy day, all of them would take minutes in one
# transaction.
_FORGET = text("""
DELETE FROM outbox WHERE id = ANY(ARRAY(
  SELECT id FROM outbox WHERE published_at < now() - interval '1 day'
  ORDER BY published_at LIMIT :limit
))
""").bindparams(limit=_FORGOTTEN_AT_ONCE)


class Relay:
    """Publishes the outbox of ``service`` until it is cancelled."""

    def __init__(self, database: Database, bus: Bus, service: str) -> None:
        self._database = database
        self._bus = bus
        self._service = service
        self._name = JobName(service, _NAME)
        self._housekeeping_due = 0.0
        self._bell = asyncio.Event()
        database.wakeups.add(WAKEUP, self._bell.set)
        # A server that is back after an outage may have lost its stored messages.
        bus.on_gap.append(self._hurry_housekeeping)
        failing_items.count_from_zero(_NAME)

    async def run(self) -> None:
        """Publish for ever. After an error of the database or the bus, log it and try again."""
        while True:
            raise_if_cancelled()
            self._bell.clear()
            try:
                await self._keep_house()
                if not await self._is_behind():
                    await self._wait()
                    continue
                if await self.publish_batch() == _BATCH:
                    continue
            except (SQLAlchemyError, *BUS_ERRORS) as error:
                log.warning("relay_waits", error=repr(error))
                await asyncio.sleep(0.5)
            except Exception:  # whatever the error, the relay goes on
                log.exception("relay_waits")
                await asyncio.sleep(0.5)
            await asyncio.sleep(_GATHER_SECONDS)

    async def _wait(self) -> None:
        """Wait for a commit that stores an event, at most until the next regular check."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await self._bell.wait()

    async def _is_behind(self) -> bool:
        # A single statement outside a transaction, because it runs often and must cost little.
        async with self._database.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            return bool(await connection.scalar(_IS_BEHIND))

    async def publish_batch(self) -> int:
        """Publish the oldest rows that are not published yet; return the number of rows handled.

        The lock makes this the only relay for as long as the transaction lasts. The rows count as
        published only when the bus has stored all of them; after a failure they are published again
        with the same ids. The transaction stays open until the bus answers, because it holds the
        lock. This is the only exception to the rule that no transaction stays open during a call
        over the network.
        """
        async with self._database.system() as connection:
            if not await connection.scalar(_LOCK):
                return 0
            rows = (
                await connection.execute(
                    select(
                        outbox.c.id,
                        outbox.c.subject,
                        outbox.c.payload,
                        outbox.c.created_at,
                        outbox.c.traceparent,
                    )
                    .where(outbox.c.published_at.is_(None), text(_DUE))
                    .order_by(outbox.c.id)
                    .limit(_BATCH)
                )
            ).all()
            if not rows:
                return 0
            with publishing(rows) as headers:
                published = await self._publish(connection, rows, headers)
            await connection.execute(
                update(outbox).where(outbox.c.id.in_(published)).values(published_at=func.now())
            )
            return len(rows)

    async def _publish(
        self, connection: AsyncConnection, rows: Sequence[OutboxRow], headers: Headers
    ) -> Sequence[int]:
        """Publish ``rows``; return the ids of the rows that the bus has stored."""
        try:
            await self._bus.publish([self._message(row, headers) for row in rows])
        except _REFUSALS as error:
            log.warning("relay_goes_one_by_one", error=repr(error))
            await (
                self._bus.stream_ages()
            )  # raises while JetStream can't be reached; makes missing streams
        else:
            return [row.id for row in rows]
        return [row.id for row in rows if await self._publish_alone(connection, row, headers)]

    async def _publish_alone(
        self, connection: AsyncConnection, row: OutboxRow, headers: Headers
    ) -> bool:
        item = Item(str(row.id))
        try:
            await self._bus.publish([self._message(row, headers)])
        except _REFUSALS as error:
            await failing_items.record(connection, self._name, item, error)
            return False
        await failing_items.resolve(connection, self._name, item.id)
        return True

    def _message(self, row: OutboxRow, headers: Headers) -> BusMessage:
        # The id contains the time, because a database that was restored from a backup assigns the
        # same row ids again.
        message_id = f"{self._service}-{row.id}-{row.created_at.timestamp():.6f}"
        return BusMessage(row.subject, message_id, row.payload, headers.get(row.id, {}))

    async def _keep_house(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._housekeeping_due:
            return
        self._housekeeping_due = soon = now + _HOUSEKEEPING_AGAIN_SECONDS
        created = await self._bus.stream_ages()
        async with self._database.system() as connection:
            forgotten = (await connection.execute(_FORGET)).rowcount
            known = {
                row.name: row.created_at for row in await connection.execute(select(bus_streams))
            }
            lost = [name for name, at in created.items() if at > known.get(name, at)]
            if lost:
                log.warning("bus_store_lost", streams=lost)
                await self._publish_again(connection)
            if created != known:
                await self._remember(connection, created)
        # Nothing to do if the bus came back meanwhile.
        if forgotten < _FORGOTTEN_AT_ONCE and self._housekeeping_due == soon:
            self._housekeeping_due = now + _HOUSEKEEPING_SECONDS

    def _hurry_housekeeping(self) -> None:
        self._housekeeping_due = 0.0

    async def _publish_again(self, connection: AsyncConnection) -> None:
        await connection.execute(
            update(outbox).where(outbox.c.published_at.is_not(None)).values(published_at=None)
        )

    async def _remember(self, connection: AsyncConnection, created: dict[str, datetime]) -> None:
        await connection.execute(delete(bus_streams))
        await connection.execute(
            insert(bus_streams).on_conflict_do_nothing(),
            [{"name": name, "created_at": at} for name, at in created.items()],
        )
