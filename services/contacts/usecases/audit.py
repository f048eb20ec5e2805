"""Audit: says who changed whether a person may be texted."""

from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.bus.outbox import announce
from smsblaster.audit.v1 import events_pb2

SUBJECT = "event.contacts.audit"

Action = Literal["contact_opted_out", "contact_opted_in"]


async def audit(connection: AsyncConnection, action: Action, contact_id: UUID) -> None:
    """Say in this transaction that the caller did ``action`` by hand."""
    caller = identity.current()
    recorded = events_pb2.AuditRecorded(
        org_id=str(caller.require_org()),
        actor_user_id=str(caller.user_id) if caller.user_id else None,
        action=action,
        entity_type="contact",
        entity_id=str(contact_id),
    )
    recorded.created_at.GetCurrentTime()
    await announce(connection, (SUBJECT, recorded))
