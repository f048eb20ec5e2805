"""Delete an event."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.events.storage import events
from services.campaigns.events.support.audit_event import audit_event
from services.campaigns.events.support.cancel_event_messages import (
    cancel_open_messages,
    withdraw_messages,
)
from services.campaigns.events.support.load_event import load_event


async def delete_event(database: Database, dispatch: Dispatch, event_id: UUID) -> None:
    """Soft-delete an event and take back what is not sent of its notifications.

    Raises ``NotFound`` or ``Forbidden``; ``Unavailable`` where messaging is away and texts wait:
    the event is deleted then, and they are taken back once messaging is there.
    """
    event = await load_event(database, event_id, "owner")
    org_id = event["org_id"]
    async with database.org(org_id) as connection:
        deleted = await events.delete(connection, org_id, event_id)
        if deleted:
            await audit_event(connection, "event_deleted", org_id, event_id)
        cancelled = await cancel_open_messages(connection, org_id, event_id)
    if not deleted:
        raise await events.not_found(database, org_id, event_id)
    await withdraw_messages(dispatch, cancelled)
