"""List the texts of an event's messages."""

from collections.abc import Sequence

from servicekit.db.database import Database
from services.campaigns.events.domain.event_texts import DEFAULTS, EventText
from services.campaigns.events.storage import event_texts
from services.campaigns.events.storage.events import Event


class ListEventTexts:
    """Returns the texts of an event: its own texts or the platform's texts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, event: Event) -> Sequence[EventText]:
        """Return one text for each type, in the order of the contract's types."""
        async with self._database.org(event.org_id) as connection:
            own = await event_texts.of_event(connection, event.org_id, event.id)
        return [own.get(kind) or EventText(kind, text) for kind, text in DEFAULTS.items()]
