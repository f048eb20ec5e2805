"""Record dead letters, and mark the webhooks among them as failed."""

from collections.abc import Iterable, Mapping, Sequence

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import inbox
from servicekit.bus.logins import CONSUMERS
from servicekit.bus.streams import WEBHOOKS_DEAD_LETTERS
from servicekit.db.database import Database
from services.webhooks.domain.dead_letter import NOBODY, DeadLetter, is_item, webhook_id_of
from services.webhooks.domain.webhook import Outcome
from services.webhooks.storage import dead_letters, webhook_logs

log = structlog.get_logger()

DEAD_LETTERS = Counter(
    "smsblaster_webhook_dead_letters_total", "Dead letters that were kept", ["consumer"]
)
_JOBS = "jobs"
"""The label for rows of any job. ``smsblaster_job_items_failed_total`` has a label for each job."""
for _consumer in (*(consumer.name for consumer in CONSUMERS), NOBODY, _JOBS):
    DEAD_LETTERS.labels(_consumer)


class RecordDeadLetters:
    """Stores dead letters until an operator replays or discards them. Logs each new one once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, letters: Sequence[DeadLetter]) -> None:
        """Store `letters`, and mark their webhooks as failed."""
        async with self._database.system() as connection:
            await _record(connection, letters)

    async def record_announced(self, announced: Mapping[str, DeadLetter]) -> None:
        """Store dead letters that services announced, keyed by event id. Idempotent."""
        async with self._database.system() as connection:
            new = await inbox.claim(connection, WEBHOOKS_DEAD_LETTERS.name, announced)
            await _record(connection, _newest(announced[event_id] for event_id in new))


def _newest(letters: Iterable[DeadLetter]) -> Sequence[DeadLetter]:
    """Return each dead letter once, in its latest state."""
    order = sorted(letters, key=lambda letter: (letter.attempts, letter.resolved_at is not None))
    return list({letter.id: letter for letter in order}.values())


async def _record(connection: AsyncConnection, letters: Sequence[DeadLetter]) -> None:
    if not letters:
        return
    new = await dead_letters.add(connection, letters)
    await webhook_logs.record_outcomes(
        connection,
        {
            webhook_id: Outcome(False, letter.error)
            for letter in letters
            if (webhook_id := webhook_id_of(letter.subject, letter.message_id))
        },
    )
    for letter in (letter for letter in letters if letter.id in new):
        DEAD_LETTERS.labels(_JOBS if is_item(letter.subject) else letter.consumer).inc()
        log.error(
            "message_given_up",
            dead_letter=str(letter.id),
            consumer=letter.consumer,
            subject=letter.subject,
            error=letter.error,
        )
