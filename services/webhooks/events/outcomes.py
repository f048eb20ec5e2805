"""What became of webhooks: told by whoever handled them."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from servicekit.bus import inbox
from servicekit.bus.consumer import Incoming
from servicekit.bus.streams import WEBHOOKS_OUTCOMES
from servicekit.db.database import Database
from servicekit.ids import parse_id
from services.webhooks.storage import webhook_logs
from services.webhooks.storage.webhook_logs import Outcome
from smsblaster.webhooks.v1 import events_pb2


class Outcomes:
    """Consumes ``event.*.webhook_handled``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        """Note the outcomes in the log."""
        heard = {m.id: events_pb2.WebhooksHandled.FromString(m.payload) for m in batch}
        async with self._database.system() as connection:
            fresh = await inbox.claim(connection, WEBHOOKS_OUTCOMES.name, heard)
            outcomes = _by_webhook(heard[message_id] for message_id in fresh)
            if outcomes:
                await webhook_logs.note_outcomes(connection, outcomes)


def _by_webhook(heard: Iterable[events_pb2.WebhooksHandled]) -> Mapping[UUID, Outcome]:
    """One outcome for each webhook: where several were told, a success counts."""
    outcomes: dict[UUID, Outcome] = {}
    for told in (outcome for event in heard for outcome in event.outcomes):
        webhook_id = parse_id(told.id)
        known = outcomes.get(webhook_id) if webhook_id else None
        if webhook_id and not (known and known.success):
            error = told.error if told.HasField("error") else None
            outcomes[webhook_id] = Outcome(told.success, error)
    return outcomes
