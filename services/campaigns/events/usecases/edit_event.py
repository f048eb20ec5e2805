"""Change the data of an event. Cancelling the event cancels its messages too."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.time_zones import require_time_zone
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.events.domain.event_drafts import require_order
from services.campaigns.events.storage import events
from services.campaigns.events.storage.events import Event
from services.campaigns.events.support.cancel_event_messages import (
    cancel_event_messages,
    withdraw_event_messages,
)
from services.campaigns.events.support.load_event import current_viewer, load_event


class EditEvent:
    """Changes events. Cancelling an event cancels its messages too."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def edit(
        self, event_id: UUID, changes: Mapping[str, Any], if_version: int | None = None
    ) -> Event:
        """Set the columns `changes`.

        Raises:
            CrossOrgAccess: The event belongs to another organisation.
            NotFound: The event doesn't exist.
            Forbidden: The user may not curate the event.
            InvalidInput: The time zone is unknown, or the event ends before it begins.
            PreconditionFailed: The event has changed since the version `if_version`.
            Unavailable: The event is cancelled, but messaging can't be reached. A job cancels its
                pending messages later.
        """
        await load_event(self._database, event_id, "curate")
        if "time_zone" in changes:
            changes = {**changes, "time_zone": require_time_zone(changes["time_zone"])}
        event, cancelled = await self._change(event_id, changes, if_version)
        await withdraw_event_messages(self._dispatch, cancelled)
        return event

    async def _change(
        self, event_id: UUID, changes: Mapping[str, Any], if_version: int | None
    ) -> tuple[Event, Sequence[UUID]]:
        """Change the event. Returns it with the messages that were cancelled."""
        viewer = current_viewer()
        cancelled: Sequence[UUID] = ()
        async with self._database.org(viewer.org_id) as connection:
            event = await events.find(connection, viewer, event_id, lock=True)
            if event is not None:
                require_version(event.versions, if_version)
                date, ends_at = event.date, event.ends_at
                require_order(changes.get("date", date), changes.get("ends_at", ends_at))
            if event is not None and changes:
                event = await events.change(connection, viewer, event_id, changes)
            if event is not None and changes.get("status") == "cancelled":
                cancelled = await cancel_event_messages(connection, viewer.org_id, event_id)
        if event is None:
            raise await events.not_found(self._database, viewer.org_id, event_id)
        return event, cancelled
