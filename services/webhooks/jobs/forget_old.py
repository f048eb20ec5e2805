"""Deletes webhooks and dead letters that are past their time: they hold numbers and texts."""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.webhooks.storage import dead_letters, webhook_logs

log = structlog.get_logger()

_BATCH = 5000

_Forget = Callable[[AsyncConnection, int, int], Awaitable[int]]


async def forget_old(database: Database, days: int) -> None:
    """Delete what is more than ``days`` old, in batches that keep no lock for long."""
    webhooks = await _forget_all(database, webhook_logs.forget_old, days)
    letters = await _forget_all(database, dead_letters.forget_old, days)
    log.info("webhooks_forgotten", webhooks=webhooks, dead_letters=letters)


async def _forget_all(database: Database, forget: _Forget, days: int) -> int:
    total, deleted = 0, _BATCH
    while deleted == _BATCH:
        async with database.system() as connection:
            deleted = await forget(connection, days, _BATCH)
        total += deleted
    return total
