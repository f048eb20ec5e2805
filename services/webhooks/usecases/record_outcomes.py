"""Record the outcomes of webhooks that consumers report."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from servicekit.bus import inbox
from servicekit.bus.streams import WEBHOOKS_OUTCOMES
from servicekit.db.database import Database
from services.webhooks.domain.webhook import Outcome
from services.webhooks.storage import webhook_logs

Reported = Sequence[tuple[UUID, Outcome]]
"""The ids of webhooks, each with its outcome."""


class RecordOutcomes:
    """Writes the outcomes of webhooks to the log. A success is final."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, events: Mapping[str, Reported]) -> None:
        """Record the outcomes in `events`, which is keyed by event id. Idempotent."""
        async with self._database.system() as connection:
            new = await inbox.claim(connection, WEBHOOKS_OUTCOMES.name, events)
            outcomes = _by_webhook(events[event_id] for event_id in new)
            if outcomes:
                await webhook_logs.record_outcomes(connection, outcomes)


def _by_webhook(events: Iterable[Reported]) -> Mapping[UUID, Outcome]:
    """Return one outcome for each webhook: success if any of its outcomes is a success."""
    outcomes: dict[UUID, Outcome] = {}
    for webhook_id, outcome in (reported for event in events for reported in event):
        known = outcomes.get(webhook_id)
        if known is None or not known.success:
            outcomes[webhook_id] = outcome
    return outcomes
