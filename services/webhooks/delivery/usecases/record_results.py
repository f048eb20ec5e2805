"""Store the results of calls, many in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from servicekit.db.database import Database
from services.webhooks.delivery.domain.calls import Result
from services.webhooks.delivery.domain.endpoints import DisabledReason
from services.webhooks.delivery.storage import endpoints, queue
from services.webhooks.delivery.support.disabling import disable

log = structlog.get_logger()

_MOST = 500
_AGAIN_SECONDS = 1.0
_TRIES = 20


class RecordResults:
    """Stores results of calls.

    While one transaction runs, the next results are collected, to be stored together.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Result, asyncio.Future[None]]] = []
        self._came = asyncio.Event()

    async def record(self, result: Result) -> None:
        """Store a result. Returns once it is committed, or given up after some seconds.

        If a result is given up, its delivery is due again when its lease ends.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((result, done))
        self._came.set()
        await done

    async def run(self) -> None:
        """Store the results that come, many in one transaction, until cancelled."""
        while True:
            await self._came.wait()
            self._came.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                await self._write([result for result, _ in batch])
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def _write(self, results: list[Result]) -> None:
        """Store results, and disable the endpoints that asked for no more calls.

        Each of these two steps is repeated separately, because a result that is stored twice would
        count as two failures of its endpoint.
        """
        if not await _until_committed(partial(self._record, results)):
            return
        gone = {r.claimed.endpoint_id: r.claimed.org_id for r in results if r.answer.is_gone}
        for endpoint_id, org_id in gone.items():
            await _until_committed(partial(self._disable, org_id, endpoint_id))

    async def _record(self, results: list[Result]) -> None:
        async with self._database.system() as connection:
            await queue.record(connection, results)

    async def _disable(self, org_id: UUID, endpoint_id: UUID) -> None:
        async with self._database.org(org_id) as connection:
            version = await endpoints.lock(connection, org_id)
            found = await endpoints.find(connection, org_id, endpoint_id)
            if found is not None and found.enabled:
                await disable(connection, found, DisabledReason.GONE, version)


async def _until_committed(step: Callable[[], Awaitable[None]]) -> bool:
    """Repeat a step until it is committed. Returns False if it is given up."""
    for _ in range(_TRIES):
        try:
            await step()
        except (SQLAlchemyError, OSError) as error:
            log.warning("results_not_recorded", error=repr(error))
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return True
    return False
