"""Queries on the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.gateway.storage.tables import audit_logs


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what. ``actor_user_id`` is None for the platform itself."""

    org_id: UUID
    actor_user_id: UUID | None
    action: str
    entity_type: str
    entity_id: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


async def record(connection: AsyncConnection, entries: Sequence[AuditEntry]) -> None:
    """Append ``entries``."""
    if entries:
        rows = [{"id": new_id(), **asdict(entry)} for entry in entries]
        await connection.execute(insert(audit_logs), rows)
