"""Audit: says who changed what about an organisation's money."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from google.protobuf.struct_pb2 import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.bus.outbox import announce
from smsblaster.audit.v1 import events_pb2


async def audit(
    connection: AsyncConnection,
    org_id: UUID,
    action: str,
    entity: tuple[str, str],
    meta: Mapping[str, Any],
) -> None:
    """Say in this transaction that the caller did ``action`` to ``entity``, its kind and id."""
    details = Struct()
    details.update(meta)
    recorded = events_pb2.AuditRecorded(
        org_id=str(org_id),
        actor_user_id=str(identity.current().require_user()),
        action=action,
        entity_type=entity[0],
        entity_id=entity[1],
        meta=details,
    )
    recorded.created_at.GetCurrentTime()
    await announce(connection, ("event.billing.audit", recorded))
