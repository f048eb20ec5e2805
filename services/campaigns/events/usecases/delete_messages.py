"""Delete the texts of events that ended more than 90 days ago, as the specification wants it.

The ledger keeps what was paid. An event that was deleted counts as over when it was deleted; once
its texts are gone it goes too, and so do deleted attendees, whom only their texts kept.
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


async def delete_messages(database: Database, texts: AttendeeMessages) -> None:
    """Delete them all, some at a time; what is not settled yet waits for the next run."""
    after: UUID | None = None
    async with JobItems(database, "campaigns", "forget-event-texts").turn() as turn:
        while True:
            async with database.system() as connection:
                over = await ended_events.over(connection, KEPT, _BATCH, after)
            for org_id, event_id in over:
                item = Item(str(event_id), org_id)
                await turn.attempt(item, partial(_forget, database, texts, org_id, event_id))
            if len(over) < _BATCH:
                return
            after = over[-1][1]


async def _forget(
    database: Database, texts: AttendeeMessages, org_id: UUID, event_id: UUID
) -> None:
    with acting_as(Identity("campaigns", org_id=org_id)):
        while True:
            answer = await texts.delete(event_id)
            if not answer.remaining:
                break
            if answer.deleted == 0:
                return
    async with database.org(org_id) as connection:
        await ended_events.delete_for(connection, org_id, event_id)
