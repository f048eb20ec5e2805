"""Delete the messages of events that ended more than 90 days ago.

The specification of the SMS history requires this. The ledger keeps the charges. A deleted event
counts as ended when it was deleted. The rows of deleted events and deleted attendees are removed
together with the messages.
"""

from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.identity import Identity, acting_as
from servicekit.isolation import JobItems
from services.campaigns.events.domain.event_rules import KEPT
from services.campaigns.events.providers.attendee_messages import AttendeeMessages
from services.campaigns.events.storage import ended_events

_BATCH = 100


class DeleteMessages:
    """Deletes messages of events that ended long ago."""

    def __init__(self, database: Database, messages: AttendeeMessages) -> None:
        self._database = database
        self._messages = messages

    async def delete_all(self) -> None:
        """Delete the messages of all ended events.

        Messages without a final result are deleted by a later run.
        """
        after: UUID | None = None
        async with JobItems(self._database, "campaigns", "forget-event-texts").turn() as turn:
            while True:
                async with self._database.system() as connection:
                    ended = await ended_events.ended(connection, KEPT, _BATCH, after)
                for org_id, event_id in ended:
                    item = Item(str(event_id), org_id)
                    await turn.attempt(item, partial(self._delete_of, org_id, event_id))
                if len(ended) < _BATCH:
                    return
                after = ended[-1][1]

    async def _delete_of(self, org_id: UUID, event_id: UUID) -> None:
        with acting_as(Identity("campaigns", org_id=org_id)):
            while True:
                answer = await self._messages.delete(event_id)
                if not answer.remaining:
                    break
                if answer.deleted == 0:
                    return
        async with self._database.org(org_id) as connection:
            await ended_events.delete_for(connection, org_id, event_id)
