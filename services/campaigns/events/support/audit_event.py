"""Audit: says who gave or took access to an event, or deleted it."""

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
    """Say in this transaction that whoever is being served did ``action``; ``meta`` says more."""
    actor = identity.current().user_id
    act = Act(org_id, actor, action, ("event", str(event_id)), meta or {})
    await record(connection, SERVICE, act)
