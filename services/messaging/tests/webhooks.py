"""Test helper: deliver webhooks over the bus as the webhooks service does."""

from collections.abc import Sequence

from sqlalchemy import text

from servicekit.bus.connection import Bus, BusMessage
from servicekit.db.database import Database
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.waiting import wait_until

_HANDLED = text("SELECT payload FROM outbox WHERE subject = 'event.messaging.webhook_handled'")


async def deliver(
    bus: Bus, database: Database, subject: str, webhooks: Sequence[events_pb2.WebhookReceived]
) -> None:
    """Publish webhooks, and wait until messaging has reported all of them as handled."""
    status = subject == "webhook.twilio.status"
    events = [events_pb2.WebhooksReceived(webhooks=[w]) if status else w for w in webhooks]
    await bus.publish(
        [
            BusMessage(subject, webhook.id, event.SerializeToString())
            for webhook, event in zip(webhooks, events, strict=True)
        ]
    )
    wanted = {webhook.id for webhook in webhooks}

    async def handled() -> bool:
        async with database.system() as connection:
            payloads = (await connection.execute(_HANDLED)).scalars()
            reported = [events_pb2.WebhooksHandled.FromString(payload) for payload in payloads]
        return wanted <= {outcome.id for each in reported for outcome in each.outcomes}

    # A START is redelivered, with growing pauses, until Twilio returns the time of the message.
    await wait_until(handled, 90, "webhooks handled")
