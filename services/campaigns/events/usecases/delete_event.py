"""Delete an event, and cancel its pending messages."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.events.storage import events
from services.campaigns.events.support.audit_event import audit_event
from services.campaigns.events.support.cancel_event_messages import (
    cancel_event_messages,
    withdraw_event_messages,
)
from services.campaigns.events.support.load_event import load_event


class DeleteEvent:
    """Soft-deletes events and cancels their messages."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def delete(self, event_id: UUID) -> None:
        """Delete an event.

        Raises:
            CrossOrgAccess: The event belongs to another organisation.
            NotFound: The event doesn't exist.
            Forbidden: The user doesn't own the event.
            Unavailable: The event is deleted, but messaging can't be reached. A job cancels its
                pending messages later.
        """
        event = await load_event(self._database, event_id, "owner")
        org_id = event.org_id
        async with self._database.org(org_id) as connection:
            deleted = await events.delete(connection, org_id, event_id)
            if deleted:
                await audit_event(connection, "event_deleted", org_id, event_id)
            cancelled = await cancel_event_messages(connection, org_id, event_id)
        if not deleted:
            raise await events.not_found(self._database, org_id, event_id)
        await withdraw_event_messages(self._dispatch, cancelled)
