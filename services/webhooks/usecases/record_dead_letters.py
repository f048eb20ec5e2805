"""Burying: messages that were given up are kept, and webhooks among them count as failed."""

from collections.abc import Sequence

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus.logins import CONSUMERS
from services.webhooks.domain.dead_letter import NOBODY, DeadLetter
from services.webhooks.storage import dead_letters, webhook_logs
from services.webhooks.storage.webhook_logs import Outcome

log = structlog.get_logger()

DEAD_LETTERS = Counter("webhook_dead_letters_total", "Dead letters that were kept", ["consumer"])
_JOBS = "jobs"
"""Of whatever job: the jobs' own metrics tell which (``job_items_failed_total``)."""
for _consumer in (*(consumer.name for consumer in CONSUMERS), NOBODY, _JOBS):
    DEAD_LETTERS.labels(_consumer)


async def record_dead_letters(connection: AsyncConnection, letters: Sequence[DeadLetter]) -> None:
    """Keep ``letters`` until somebody replays them; operators are told of each once."""
    if not letters:
        return
    new = await dead_letters.add(connection, letters)
    failed = {letter.webhook_id: Outcome(False, letter.error) for letter in letters}
    await webhook_logs.note_outcomes(
        connection, {webhook_id: why for webhook_id, why in failed.items() if webhook_id}
    )
    for letter in (letter for letter in letters if letter.id in new):
        DEAD_LETTERS.labels(_JOBS if letter.is_item else letter.consumer).inc()
        log.error(
            "message_given_up",
            dead_letter=str(letter.id),
            consumer=letter.consumer,
            subject=letter.subject,
            error=letter.error,
        )
