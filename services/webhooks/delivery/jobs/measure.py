"""Measure the deliveries to customers' endpoints that wait."""

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncConnection

from services.webhooks.delivery.storage import queue

WAITING = Gauge(
    "smsblaster_webhook_deliveries_waiting",
    "Deliveries to customers' endpoints that are due or are tried again later, up to 10,000",
)
OLDEST = Gauge(
    "smsblaster_webhook_deliveries_oldest_seconds",
    "Seconds since the delivery that is due for the longest time was due",
)


async def measure_deliveries(connection: AsyncConnection) -> None:
    """Count the deliveries that wait."""
    waiting = await queue.waiting(connection)
    WAITING.set(waiting.items)
    OLDEST.set(waiting.oldest_seconds)
