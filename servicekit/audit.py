"""Write audit entries in the same transaction as the change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from smsblaster.audit.v1.events_pb2 import AuditRecorded


@dataclass(frozen=True, slots=True)
class Act:
    """An audit entry: in `org_id`, `actor` did `action` to `entity`. No actor: the platform itself.

    `entity` is a kind and an id, such as ``campaign`` and its id. `meta` has details; it must not
    have secrets.
    """

    org_id: UUID
    actor: UUID | None
    action: str
    entity: tuple[str, str]
    meta: Mapping[str, Any] = field(default_factory=dict)


async def record(connection: AsyncConnection, service: str, *acts: Act) -> None:
    """Publish the audit entries of `acts` for `service` once this transaction has committed."""
    await announce(connection, *((subjects.audit(service), _recorded(act)) for act in acts))


def _recorded(act: Act) -> AuditRecorded:
    entity_type, entity_id = act.entity
    recorded = AuditRecorded(
        org_id=str(act.org_id),
        actor_user_id=str(act.actor) if act.actor else None,
        action=act.action,
        entity_type=entity_type,
        entity_id=entity_id,
    )
    recorded.meta.update(act.meta)
    recorded.created_at.GetCurrentTime()
    return recorded
