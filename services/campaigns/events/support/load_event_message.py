"""Load an event message. Raise an error if the event doesn't have it."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.support.load_campaign import EVENT_MESSAGE
from services.campaigns.events.storage import event_messages
from services.campaigns.events.storage.event_messages import EventMessage


async def load_event_message(
    database: Database, org_id: UUID, event_id: UUID, message_id: UUID
) -> EventMessage:
    """Return a message of an event.

    Raises:
        CrossOrgAccess: The message belongs to another organisation.
        NotFound: The event doesn't have this message.
    """
    async with database.org(org_id) as connection:
        message = await event_messages.find(connection, org_id, event_id, message_id)
    if message is None:
        raise await campaigns.not_found(database, org_id, message_id, EVENT_MESSAGE)
    return message
