"""Choose who may view or curate an event beside its owner."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from services.campaigns.events.storage import events, organizers
from services.campaigns.events.support.audit_event import audit_event
from services.campaigns.events.support.load_event import current_viewer, load_event

_MOST = 100


async def set_organizer(
    database: Database, event_id: UUID, user_id: UUID, permission: str
) -> RowMapping:
    """Give ``user_id`` the ``permission`` (view, curate) for an event.

    Raises ``NotFound``, ``Forbidden``, and ``Conflict`` for the event's owner and beyond 100
    co-organizers.
    """
    event = await load_event(database, event_id, "owner")
    if user_id == event["created_by"]:
        raise Conflict("The event's owner may do everything already.", "owner_is_no_co_organizer")
    who = current_viewer()
    async with database.org(who.org_id) as connection:
        # Locked, so that no two calls add the hundredth.
        if await events.find(connection, who, event_id, lock=True):
            return await _put(connection, event, user_id, permission)
    raise await events.not_found(database, who.org_id, event_id)


async def remove_organizer(database: Database, event_id: UUID, user_id: UUID) -> None:
    """Take a co-organizer away. Raises ``NotFound`` or ``Forbidden``."""
    event = await load_event(database, event_id, "owner")
    org_id = event["org_id"]
    async with database.org(org_id) as connection:
        if not await organizers.remove(connection, org_id, event_id, user_id):
            raise NotFound("The event has no such co-organizer.", "organizer_not_found")
        meta = {"userId": str(user_id)}
        await audit_event(connection, "event_organizer_removed", org_id, event_id, meta)


async def _put(
    connection: AsyncConnection, event: RowMapping, user_id: UUID, permission: str
) -> RowMapping:
    org_id, event_id = event["org_id"], event["id"]
    if await organizers.count_others(connection, org_id, event_id, user_id) >= _MOST:
        raise Conflict(
            f"An event has {_MOST} co-organizers at the most; remove one first.",
            "too_many_organizers",
        )
    row = await organizers.put(connection, org_id, event_id, user_id, permission)
    meta = {"userId": str(user_id), "permission": permission}
    await audit_event(connection, "event_organizer_set", org_id, event_id, meta)
    return row
