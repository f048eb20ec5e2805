"""Measure how many webhooks are unhandled and how many dead letters are open."""

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncConnection

from services.webhooks.storage import dead_letters, webhook_logs

UNHANDLED = Gauge(
    "smsblaster_webhooks_unhandled", "Calls of providers that no service has handled, up to 10,000"
)
OLDEST = Gauge(
    "smsblaster_webhooks_oldest_seconds", "Age of the oldest call that no service has handled"
)
OPEN_LETTERS = Gauge(
    "smsblaster_dead_letters_open",
    "Dead letters that are neither replayed, discarded nor resolved",
    ["consumer"],
)


async def measure_webhooks(connection: AsyncConnection) -> None:
    """Count unhandled webhooks and open dead letters."""
    waiting = await webhook_logs.unhandled(connection)
    UNHANDLED.set(waiting.items)
    OLDEST.set(waiting.oldest_seconds)
    found = await dead_letters.open_by_consumer(connection)
    OPEN_LETTERS.clear()
    for consumer, letters in found.items():
        OPEN_LETTERS.labels(consumer).set(letters)
