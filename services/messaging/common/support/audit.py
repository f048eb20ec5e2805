"""Write audit entries in the same transaction as the change."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.audit import Act, record


async def audit(
    connection: AsyncConnection,
    action: str,
    entity_type: str,
    entity_id: str,
    **meta: str | bool,
) -> None:
    """Record an action of the caller on an entity. ``meta`` must not contain secrets."""
    caller = identity.current()
    act = Act(caller.require_org(), caller.user_id, action, (entity_type, entity_id), meta)
    await record(connection, "messaging", act)


async def audit_by_platform(
    connection: AsyncConnection,
    org_id: UUID,
    action: str,
    entity: tuple[str, str],
    **meta: str | bool,
) -> None:
    """Record an action of the platform itself.

    ``entity``: the kind and the id of what the platform changed.
    """
    await record(connection, "messaging", Act(org_id, None, action, entity, meta))
