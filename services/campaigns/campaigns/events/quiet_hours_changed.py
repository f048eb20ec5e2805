"""Handle ``event.messaging.quiet_hours_changed``: submit deferred recipients again."""

from collections.abc import Callable, Sequence
from uuid import UUID

from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from services.campaigns.campaigns.storage import deferred
from smsblaster.messaging.v1 import events_pb2


class QuietHoursChanged:
    """Consumes ``event.messaging.quiet_hours_changed``.

    Handled events are not recorded: after a repeated event, messaging defers recipients again if
    their sending window is still closed. `wake` wakes the planner of this process.
    """

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Make all deferred recipients of the organisations in `batch` due now."""
        changed = [events_pb2.QuietHoursChanged.FromString(each.payload) for each in batch]
        async with self._database.system() as connection:
            await deferred.advance(connection, {UUID(event.org_id) for event in changed})
        self._wake()
