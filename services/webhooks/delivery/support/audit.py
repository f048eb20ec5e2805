"""Audit what users do with endpoints and listeners, in the transaction of the change."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.audit import Act, record


async def audit(
    connection: AsyncConnection, action: str, endpoint_id: UUID, **meta: str | int
) -> None:
    """Record an action of the caller on an endpoint. `meta` must not contain secrets."""
    caller = identity.current()
    entity = ("webhook_endpoint", str(endpoint_id))
    act = Act(caller.require_org(), caller.user_id, action, entity, meta)
    await record(connection, "webhooks", act)


async def audit_listener(connection: AsyncConnection, action: str, listener_id: UUID) -> None:
    """Record an action of the caller on a listener."""
    caller = identity.current()
    entity = ("webhook_listener", str(listener_id))
    await record(connection, "webhooks", Act(caller.require_org(), caller.user_id, action, entity))
