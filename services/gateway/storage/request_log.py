"""The log of requests: rows are added in batches, listed, and deleted after some days."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from services.gateway.domain.logged_requests import LoggedRequest
from services.gateway.storage.tables import metadata

request_log = Table(
    "request_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("api_key_id", Uuid),
    Column("user_id", Uuid, nullable=False),
    Column("method", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("status_class", Integer, nullable=False),
    Column("code", Text),
    Column("detail", Text),
    Column("faults", ARRAY(Text), nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("idempotency_key", Text),
    Column("replayed", Boolean, nullable=False),
    Column("request_bytes", BigInteger),
    Column("response_bytes", BigInteger),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

# All rows in one statement, as JSON. A batch whose commit was not confirmed is written again.
_ADD = text("""
INSERT INTO request_log
  (id, org_id, request_id, api_key_id, user_id, method, route, path, status, code, detail, faults,
   fields, duration_ms, address, idempotency_key, replayed, request_bytes, response_bytes)
SELECT id, org_id, request_id, api_key_id, user_id, method, route, path, status, code, detail,
  ARRAY(SELECT jsonb_array_elements_text(faults)), ARRAY(SELECT jsonb_array_elements_text(fields)),
  duration_ms, address, idempotency_key, replayed, request_bytes, response_bytes
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS request (
  id uuid, org_id uuid, request_id text, api_key_id uuid, user_id uuid, method text, route text,
  path text, status integer, code text, detail text, faults jsonb, fields jsonb,
  duration_ms integer, address text, idempotency_key text, replayed boolean, request_bytes bigint,
  response_bytes bigint
)
ON CONFLICT (id) DO NOTHING
""")

OLD = OldRows("request_log", "id::text", "created_at < now() - make_interval(days => :days)")


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """The requests to list. A filter that is None matches every request.

    The id `first` is included, the id `end` is not: ids begin with the time of the request.
    """

    api_key_id: UUID | None = None
    user_id: UUID | None = None
    status_class: int | None = None
    method: str | None = None
    route: str | None = None
    request_id: str | None = None
    first: UUID | None = None
    end: UUID | None = None


async def add(connection: AsyncConnection, requests: Sequence[LoggedRequest]) -> None:
    """Store requests of any organisations. Idempotent."""
    rows = [asdict(request) for request in requests]
    await connection.execute(_ADD, {"rows": json.dumps(rows, default=str)})


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: RequestFilter,
    limit: int,
    before: UUID | None = None,
) -> Sequence[LoggedRequest]:
    """Return up to `limit` requests with ids below `before`, newest first."""
    query = _SELECT.where(request_log.c.org_id == org_id, *_conditions(wanted))
    if before is not None:
        query = query.where(request_log.c.id < before)
    rows = await connection.execute(query.order_by(request_log.c.id.desc()).limit(limit))
    return [LoggedRequest(**row) for row in rows.mappings()]


_COLUMNS = [request_log.c[column.name] for column in fields(LoggedRequest)]
_SELECT: Select[tuple[object, ...]] = select(*_COLUMNS)


def _conditions(wanted: RequestFilter) -> Iterator[ColumnElement[bool]]:
    columns = request_log.c
    for name in ("api_key_id", "user_id", "status_class", "method", "route", "request_id"):
        value = getattr(wanted, name)
        if value is not None:
            yield columns[name] == value
    if wanted.first is not None:
        yield columns.id >= wanted.first
    if wanted.end is not None:
        yield columns.id < wanted.end
