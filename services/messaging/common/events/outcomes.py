"""The bus event about webhooks that were handled, for the webhooks service."""

from collections.abc import Iterable

from servicekit.bus import subjects
from smsblaster.webhooks.v1 import events_pb2


def webhooks_handled(
    webhooks: Iterable[events_pb2.WebhookReceived],
) -> tuple[str, events_pb2.WebhooksHandled]:
    """Return the bus event that says that all ``webhooks`` were handled."""
    outcomes = [events_pb2.WebhookOutcome(id=webhook.id, success=True) for webhook in webhooks]
    return (subjects.webhook_handled("messaging"), events_pb2.WebhooksHandled(outcomes=outcomes))
