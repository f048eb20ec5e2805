"""The job that deletes acknowledged bus events, for all services."""

from functools import partial

from servicekit.bus.connection import Bus
from servicekit.bus.trim import TRIMMED, delete_acknowledged
from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems


async def trim_bus(database: Database, bus: Bus) -> None:
    """Delete the bus events of each stream that every consumer has acknowledged."""
    async with JobItems(database, "messaging", "trim-bus").turn() as turn:
        for stream in TRIMMED:
            await turn.attempt(Item(stream), partial(delete_acknowledged, bus.stream, stream))
