"""Handle ``event.*.webhook_handled``: consumers report the outcomes of webhooks."""

from collections.abc import Sequence

from servicekit.bus.consumer import Incoming
from servicekit.ids import parse_id
from services.webhooks.domain.webhook import Outcome
from services.webhooks.usecases.record_outcomes import RecordOutcomes, Reported
from smsblaster.webhooks.v1 import events_pb2


class Outcomes:
    """Consumes ``event.*.webhook_handled``: stores in the log whether webhooks were handled."""

    def __init__(self, outcomes: RecordOutcomes) -> None:
        self._outcomes = outcomes

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Record the outcomes of webhooks that a batch of bus events reports."""
        await self._outcomes.record({m.id: _reported(m.payload) for m in batch})


def _reported(payload: bytes) -> Reported:
    event = events_pb2.WebhooksHandled.FromString(payload)
    return [
        (webhook_id, Outcome(each.success, each.error if each.HasField("error") else None))
        for each in event.outcomes
        if (webhook_id := parse_id(each.id))
    ]
