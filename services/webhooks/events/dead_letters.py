"""Dead letters: messages that a consumer of any service gave up, and items that fail its jobs."""

from collections.abc import Iterable, Sequence
from datetime import UTC

from servicekit.bus import inbox
from servicekit.bus.consumer import Incoming
from servicekit.bus.streams import WEBHOOKS_DEAD_LETTERS
from servicekit.db.database import Database
from servicekit.ids import new_id, parse_id
from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.usecases.record_dead_letters import record_dead_letters
from smsblaster.webhooks.v1 import events_pb2


class DeadLetters:
    """Consumes ``event.*.dead_letter``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Keep the letters."""
        found = {m.id: _letter(m) for m in batch}
        async with self._database.system() as connection:
            fresh = await inbox.claim(connection, WEBHOOKS_DEAD_LETTERS.name, found)
            await record_dead_letters(
                connection, _newest(found[message_id] for message_id in fresh)
            )


def _newest(letters: Iterable[DeadLetter]) -> Sequence[DeadLetter]:
    """Each letter once, as it was told of last."""
    order = sorted(letters, key=lambda letter: (letter.attempts, letter.resolved_at is not None))
    return list({letter.id: letter for letter in order}.values())


def _letter(message: Incoming) -> DeadLetter:
    event = events_pb2.DeadLettered.FromString(message.payload)
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
