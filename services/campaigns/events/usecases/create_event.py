"""Create an event, which the current user owns."""

from dataclasses import replace

from servicekit.db.database import Database
from servicekit.time_zones import require_time_zone
from services.campaigns.events.domain.event_drafts import require_order
from services.campaigns.events.storage import events
from services.campaigns.events.storage.events import Event, NewEvent
from services.campaigns.events.support.load_event import current_viewer


class CreateEvent:
    """Stores new events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, event: NewEvent) -> Event:
        """Store an event of the current user.

        Raises:
            InvalidInput: The time zone is unknown, or the event ends before it begins.
        """
        viewer = current_viewer()
        event = replace(event, time_zone=require_time_zone(event.time_zone))
        require_order(event.date, event.ends_at)
        async with self._database.org(viewer.org_id) as connection:
            return await events.add(connection, viewer, event)
