"""Webhooks that the bus kept while the database was away."""

from collections.abc import Sequence

from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from services.webhooks.storage import webhook_logs
from services.webhooks.usecases.announce import Announcer, unspooled


class Spooled:
    """Consumes ``webhook.spooled``. The log itself is the inbox here: it keeps an event once."""

    def __init__(self, database: Database, announcer: Announcer, first_pause: float) -> None:
        self._database = database
        self._announcer = announcer
        self._first_pause = first_pause

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Log the webhooks and publish those that are new.

        One that is logged but not published, because the bus went away between the two, is
        published when it is due.
        """
        webhooks = [unspooled(message) for message in batch]
        async with self._database.system() as connection:
            fresh = await webhook_logs.add(connection, webhooks, self._first_pause)
        await self._announcer.announce([w for w in webhooks if w.id in fresh])
