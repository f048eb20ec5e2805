"""Write audit entries when access to an event changes, and when an event is deleted."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.audit import Act, record
from services.campaigns.common.support.audit import SERVICE

Action = Literal["event_organizer_set", "event_organizer_removed", "event_deleted"]


async def audit_event(
    connection: AsyncConnection,
    action: Action,
    org_id: UUID,
    event_id: UUID,
    meta: Mapping[str, str] | None = None,
) -> None:
    """Write an audit entry for the current user in this transaction. `meta` has the details."""
    actor = identity.current().user_id
    act = Act(org_id, actor, action, ("event", str(event_id)), meta or {})
    await record(connection, SERVICE, act)
