"""Load an event and check the user's permission."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from services.campaigns.common.storage import clock
from services.campaigns.events.domain.event_permissions import (
    ORG_OWNER,
    Permission,
    require_permission,
)
from services.campaigns.events.domain.event_rules import require_notifiable
from services.campaigns.events.storage import events
from services.campaigns.events.storage.events import Event, Viewer


def current_viewer() -> Viewer:
    """Return the current user. Raises ``Unauthenticated`` if there is none."""
    caller = identity.current()
    return Viewer(caller.require_org(), caller.require_user(), ORG_OWNER in caller.roles)


async def load_event(database: Database, event_id: UUID, needed: Permission) -> Event:
    """Load an event and check that the current user has the permission `needed`.

    Raises:
        CrossOrgAccess: The event belongs to another organisation.
        NotFound: The event doesn't exist.
        Forbidden: The user lacks the permission (code event_access_denied).
    """
    viewer = current_viewer()
    async with database.org(viewer.org_id) as connection:
        event = await events.find(connection, viewer, event_id)
    if event is None:
        raise await events.not_found(database, viewer.org_id, event_id)
    require_permission(event.permission, needed)
    return event


async def check_notifiable(database: Database, event: Event) -> None:
    """Raise ``Conflict`` unless the attendees of `event` may get messages now."""
    async with database.org(event.org_id) as connection:
        require_notifiable(event.status, event.end, await clock.now(connection))
