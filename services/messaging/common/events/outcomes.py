"""What the webhooks service is told of the webhooks that were carried out."""

from collections.abc import Iterable

from smsblaster.webhooks.v1 import events_pb2


def handled(
    webhooks: Iterable[events_pb2.WebhookReceived],
) -> tuple[str, events_pb2.WebhooksHandled]:
    """The event that says all of ``webhooks`` are carried out."""
    outcomes = [events_pb2.WebhookOutcome(id=webhook.id, success=True) for webhook in webhooks]
    return ("event.messaging.webhook_handled", events_pb2.WebhooksHandled(outcomes=outcomes))
