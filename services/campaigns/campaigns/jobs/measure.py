"""Measure the campaigns that run, and those that should have started."""

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.storage import due

RUNNING = Gauge("smsblaster_campaigns_running", "Campaigns that are being sent")
OVERDUE = Gauge(
    "smsblaster_campaigns_overdue_seconds",
    "Seconds since the campaign that is overdue for the longest time should have started",
)


async def measure_campaigns(connection: AsyncConnection) -> None:
    """Count the running campaigns, and find the scheduled one that is the most overdue."""
    found = await due.of_all(connection)
    RUNNING.set(found.running)
    OVERDUE.set(found.overdue_seconds)
