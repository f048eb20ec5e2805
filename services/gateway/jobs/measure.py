"""Measure how many mails wait to be sent, and how long the oldest of them has waited."""

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.storage.waiting_mails import waiting

MAILS = Gauge("smsblaster_mails_waiting", "Mails with links that are not sent yet, up to 10,000")
OLDEST = Gauge("smsblaster_mails_oldest_seconds", "Age of the oldest mail that is not sent yet")


async def measure_mails(connection: AsyncConnection) -> None:
    """Count the mails that wait."""
    found = await waiting(connection)
    MAILS.set(found.items)
    OLDEST.set(found.oldest_seconds)
