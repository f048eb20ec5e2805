"""Open an event for whoever is being served, if they may."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.db.database import Database
from services.campaigns.events.domain.event_permissions import (
    ORG_OWNER,
    Permission,
    require_permission,
)
from services.campaigns.events.storage import events
from services.campaigns.events.storage.events import Viewer


def current_viewer() -> Viewer:
    """Who is being served. Raises ``Unauthenticated`` where that is no user of an organisation."""
    caller = identity.current()
    return Viewer(caller.require_org(), caller.require_user(), ORG_OWNER in caller.roles)


async def load_event(database: Database, event_id: UUID, needed: Permission) -> RowMapping:
    """The event, with the ``permission`` that the user has.

    Raises ``NotFound`` or ``CrossOrgAccess``, and ``Forbidden`` event_access_denied without the
    permission that is ``needed``.
    """
    who = current_viewer()
    async with database.org(who.org_id) as connection:
        event = await events.find(connection, who, event_id)
    if event is None:
        raise await events.not_found(database, who.org_id, event_id)
    require_permission(event["permission"], needed)
    return event
