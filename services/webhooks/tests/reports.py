"""Report outcomes and dead letters to the service over the bus, as other services do."""

from uuid import UUID

from servicekit.bus.connection import Bus, BusMessage
from servicekit.ids import new_id
from smsblaster.webhooks.v1 import events_pb2


def handled(webhook_id: UUID | str, error: str | None = None) -> events_pb2.WebhooksHandled:
    """Return the bus event that a webhook succeeded, or failed with `error`."""
    outcome = events_pb2.WebhookOutcome(id=str(webhook_id), success=error is None, error=error)
    return events_pb2.WebhooksHandled(outcomes=[outcome])


def dead_lettered(
    subject: str, message_id: str, payload: bytes = b"payload"
) -> events_pb2.DeadLettered:
    """Return the bus event that a consumer gave up on a message."""
    return events_pb2.DeadLettered(
        consumer="messaging-status",
        subject=subject,
        message_id=message_id,
        payload=payload,
        error="ValueError: no",
        attempts=5,
    )


async def publish_event(
    bus: Bus, subject: str, event: events_pb2.WebhooksHandled | events_pb2.DeadLettered
) -> str:
    """Publish `event`, and return the id of its bus message."""
    message_id = f"tests-{new_id()}"
    await bus.publish([BusMessage(subject, message_id, event.SerializeToString())])
    return message_id
