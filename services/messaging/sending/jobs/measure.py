"""Measure the messages that wait: how many in each state, and for how long."""

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.sending.storage import sending_hold, waiting

MESSAGES = Gauge(
    "smsblaster_messages_waiting",
    "Messages that wait, by state: due, deferred, held, unknown, refund. Up to 10,000 of a state",
    ["state"],
)
OLDEST = Gauge(
    "smsblaster_messages_oldest_seconds",
    "For how long the oldest message of a state waits: due since it was due, unknown since it was"
    " handed over",
    ["state"],
)
OVERDUE = Gauge(
    "smsblaster_organisation_due_seconds",
    "For how long the first message of an organisation is due, for the ten worst over a minute",
    ["org_id"],
)
IDLE = Gauge(
    "smsblaster_organisation_idle_seconds",
    "For how long messages of an organisation are due and no sender has taken its turn, among the"
    " ten worst over a minute",
    ["org_id"],
)
HELD = Gauge("smsblaster_sending_held", "1 while an operator holds all sending, otherwise 0")

_WORST = 10
_LATE_SECONDS = 60.0


async def measure_messages(connection: AsyncConnection) -> None:
    """Count the messages that wait, by state."""
    for state, number in (await waiting.pending(connection)).items():
        MESSAGES.labels(state).set(number)
    unknown = await waiting.unknown(connection)
    MESSAGES.labels("unknown").set(unknown.items)
    OLDEST.labels("unknown").set(unknown.oldest_seconds)
    MESSAGES.labels("refund").set(await waiting.refunds(connection))


async def measure_overdue(connection: AsyncConnection) -> None:
    """Find the organisations whose messages are due for the longest time.

    While all sending is held, no message is due.
    """
    held = await sending_hold.find(connection)
    HELD.set(0 if held is None else 1)
    worst = () if held else await waiting.overdue(connection, _WORST)
    OLDEST.labels("due").set(worst[0].seconds if worst else 0)
    OVERDUE.clear()
    IDLE.clear()
    idle = await waiting.idle_seconds(connection, worst)
    for org in worst:
        if org.seconds > _LATE_SECONDS:
            OVERDUE.labels(str(org.org_id)).set(org.seconds)
            IDLE.labels(str(org.org_id)).set(idle[org.org_id])
