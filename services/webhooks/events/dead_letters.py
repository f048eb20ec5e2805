"""Dead letters: what any consumer of any service gave up is kept here, to be replayed."""

from collections.abc import Sequence

from servicekit.bus import inbox
from servicekit.bus.consumer import Incoming
from servicekit.bus.streams import WEBHOOKS_DEAD_LETTERS
from servicekit.db.database import Database
from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.usecases.bury import bury
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
            await bury(connection, [found[message_id] for message_id in fresh])


def _letter(message: Incoming) -> DeadLetter:
    event = events_pb2.DeadLettered.FromString(message.payload)
    return DeadLetter(
        consumer=event.consumer,
        subject=event.subject,
        message_id=event.message_id,
        payload=event.payload,
        error=event.error,
        attempts=event.attempts,
    )
