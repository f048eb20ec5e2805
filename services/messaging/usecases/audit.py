"""Audit: says who changed what of an organisation's setup at Twilio."""

from google.protobuf.struct_pb2 import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.bus.outbox import announce
from smsblaster.audit.v1 import events_pb2


async def audit(
    connection: AsyncConnection,
    action: str,
    entity_type: str,
    entity_id: str,
    **meta: str | bool,
) -> None:
    """Say in this transaction that the caller did ``action``; ``meta`` never holds a secret."""
    caller = identity.current()
    details = Struct()
    details.update(meta)
    recorded = events_pb2.AuditRecorded(
        org_id=str(caller.require_org()),
        actor_user_id=str(caller.user_id) if caller.user_id else None,
        action=action,
        entity_type=entity_type,
        entity_id=entity_id,
        meta=details,
    )
    recorded.created_at.GetCurrentTime()
    await announce(connection, ("event.messaging.audit", recorded))
