"""Telling the service, over the bus, what became of webhooks."""

from uuid import UUID

from servicekit.bus.connection import Bus, BusMessage
from servicekit.ids import new_id
from smsblaster.webhooks.v1 import events_pb2


def handled(webhook_id: UUID | str, error: str | None = None) -> events_pb2.WebhooksHandled:
    """That a webhook was carried out, or why not."""
    outcome = events_pb2.WebhookOutcome(id=str(webhook_id), success=error is None, error=error)
    return events_pb2.WebhooksHandled(outcomes=[outcome])


def dead(subject: str, message_id: str, payload: bytes = b"payload") -> events_pb2.DeadLettered:
    """That a consumer gave a message up."""
    return events_pb2.DeadLettered(
        consumer="messaging-status",
        subject=subject,
        message_id=message_id,
        payload=payload,
        error="ValueError: no",
        attempts=5,
    )


async def tell(
    bus: Bus, subject: str, event: events_pb2.WebhooksHandled | events_pb2.DeadLettered
) -> str:
    """Publish ``event``; its id on the bus."""
    message_id = f"tests-{new_id()}"
    await bus.publish([BusMessage(subject, message_id, event.SerializeToString())])
    return message_id
