"""Handle ``event.*.dead_letter``: a service gave up on a bus message, or reports a failing item."""

from collections.abc import Sequence
from datetime import UTC

from servicekit.bus.consumer import Incoming
from servicekit.ids import new_id, parse_id
from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.usecases.record_dead_letters import RecordDeadLetters
from smsblaster.webhooks.v1 import events_pb2


class DeadLetters:
    """Consumes ``event.*.dead_letter``: stores the dead letters of all services."""

    def __init__(self, dead_letters: RecordDeadLetters) -> None:
        self._dead_letters = dead_letters

    async def handle(self, batch: Sequence[Incoming]) -> None:
        """Record the dead letters that a batch of bus events announces."""
        await self._dead_letters.record_announced({m.id: _dead_letter(m.payload) for m in batch})


def _dead_letter(payload: bytes) -> DeadLetter:
    event = events_pb2.DeadLettered.FromString(payload)
    first, last, resolved = (
        getattr(event, name).ToDatetime(UTC) if event.HasField(name) else None
        for name in ("first_failed_at", "last_failed_at", "resolved_at")
    )
    return DeadLetter(
        consumer=event.consumer,
        subject=event.subject,
        message_id=event.message_id,
        payload=event.payload,
        error=event.error,
        attempts=event.attempts,
        id=parse_id(event.letter_id) or new_id(),
        org_id=parse_id(event.org_id),
        first_failed_at=first,
        last_failed_at=last,
        resolved_at=resolved,
    )
