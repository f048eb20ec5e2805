"""Queries on the audit log."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from servicekit.ids import new_id
from services.gateway.storage.tables import audit_logs

# The setting of a live organisation also holds for its test organisation.
OLD = OldRows(
    "audit_logs",
    "id::text",
    """EXISTS (
      SELECT FROM orgs JOIN orgs AS live ON live.id = coalesce(orgs.test_of, orgs.id)
      WHERE orgs.id = audit_logs.org_id
        AND audit_logs.created_at < now() - make_interval(days => live.audit_log_days)
    )""",
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which entity. `actor_user_id` is None for the platform itself."""

    org_id: UUID
    actor_user_id: UUID | None
    action: str
    entity_type: str
    entity_id: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class StoredAuditEntry:
    """An entry of the audit log, as it is stored."""

    id: UUID
    org_id: UUID
    actor_user_id: UUID | None
    action: str
    entity_type: str
    entity_id: str
    meta: Mapping[str, Any]
    created_at: datetime


async def record(connection: AsyncConnection, entries: Sequence[AuditEntry]) -> None:
    """Insert `entries` into the audit log."""
    if entries:
        rows = [{"id": new_id(), **asdict(entry)} for entry in entries]
        await connection.execute(insert(audit_logs), rows)


@dataclass(frozen=True, slots=True)
class Position:
    """The position of an entry in the audit log, at which a page ends."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Filters of a list of audit entries.

    `since` is inclusive, `until` exclusive; a filter that is None matches every entry.
    """

    org_id: UUID | None
    user_id: UUID | None
    action: str | None
    since: datetime | None
    until: datetime | None
    before: Position | None


async def page(
    connection: AsyncConnection, wanted: AuditFilter, limit: int
) -> Sequence[StoredAuditEntry]:
    """Return up to `limit` audit entries, newest first."""
    query = (
        select(audit_logs)
        .where(*_conditions(wanted))
        .order_by(audit_logs.c.created_at.desc(), audit_logs.c.id.desc())
        .limit(limit)
    )
    return [StoredAuditEntry(**row) for row in (await connection.execute(query)).mappings()]


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    columns = audit_logs.c
    if wanted.org_id is not None:
        yield columns.org_id == wanted.org_id
    if wanted.user_id is not None:
        yield columns.actor_user_id == wanted.user_id
    if wanted.action is not None:
        yield columns.action == wanted.action
    if wanted.since is not None:
        yield columns.created_at >= wanted.since
    if wanted.until is not None:
        yield columns.created_at < wanted.until
    if wanted.before is not None:
        last = wanted.before
        yield tuple_(columns.created_at, columns.id) < tuple_(last.created_at, last.id)
