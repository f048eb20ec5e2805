"""Store the endpoints of an organisation."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Result, RowMapping, and_, case, func, insert, select, text, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.db.old_rows import OldRows
from servicekit.db.sealed_columns import SecretColumn
from services.webhooks.delivery.domain.endpoints import (
    DisabledReason,
    Endpoint,
    EndpointChanges,
    EndpointSettings,
)
from services.webhooks.delivery.storage.tables import webhook_endpoints as endpoints
from services.webhooks.delivery.storage.tables import webhook_listeners as listeners
from smsblaster.webhooks.v1.customer_events_pb2 import WebhookSubscription

SECRET = SecretColumn(endpoints, "secret", "id")
OLD_SECRET = SecretColumn(endpoints, "old_secret", "id")

_OLD_EXPIRES = endpoints.c.old_secret_expires_at

# Null once the time has passed, though the row has it until the next rotation.
_COLUMNS = tuple(
    case((func.now() < _OLD_EXPIRES, _OLD_EXPIRES)).label(field.name)
    if field.name == _OLD_EXPIRES.name
    else endpoints.c[field.name]
    for field in fields(Endpoint)
)

# It also holds a lock on the organisation until the commit: changes of its endpoints wait for each
# other, so that each announces what it and all earlier ones have made.
_NEXT_VERSION = text("""
INSERT INTO webhook_subscriptions AS known (org_id) VALUES (:org_id)
ON CONFLICT (org_id) DO UPDATE SET version = known.version + 1
RETURNING version
""")

_ROTATE = text("""
UPDATE webhook_endpoints SET
  secret = :secret, old_secret = :old_secret, updated_at = now(),
  old_secret_expires_at =
    CASE WHEN CAST(:old_secret AS text) IS NOT NULL THEN now() + make_interval(secs => :overlap) END
WHERE id = :id AND org_id = :org_id AND deleted_at IS NULL AND secret = :was
""")


_LONG_FAILING = text("""
SELECT org_id, id FROM webhook_endpoints
WHERE failing_since < now() - make_interval(hours => :hours)
  AND disabled_at IS NULL AND deleted_at IS NULL
  AND CASE WHEN CAST(:grace AS integer) IS NULL THEN warned_at IS NULL
    ELSE warned_at < now() - make_interval(hours => CAST(:grace AS integer)) END
ORDER BY failing_since LIMIT :limit
""")

DELETED = OldRows(
    "webhook_endpoints", "id::text", "deleted_at < now() - make_interval(days => :days)"
)
"""The rows to delete: endpoints that were deleted more than ``days`` days ago.

Their deliveries are older.
"""


@dataclass(frozen=True, slots=True)
class Rotation:
    """The replacement of a secret. All secrets are encrypted.

    Attributes:
        was: The present secret, which is replaced.
        secret: The new secret.
        old_secret: The present secret, encrypted as an old one. None if it is no longer used.
        overlap: Seconds for which calls are signed with the old secret too.
    """

    was: str
    secret: str
    old_secret: str | None
    overlap: int


async def lock(connection: AsyncConnection, org_id: UUID) -> int:
    """Lock the organisation's endpoints until the commit: no other transaction can change them.

    Returns:
        The version that the change in this transaction gets.
    """
    version: int = (await connection.execute(_NEXT_VERSION, {"org_id": org_id})).scalar_one()
    return version


async def count(connection: AsyncConnection, org_id: UUID) -> int:
    """Count the organisation's endpoints."""
    query = select(func.count()).where(
        endpoints.c.org_id == org_id, endpoints.c.deleted_at.is_(None)
    )
    return int((await connection.execute(query)).scalar_one())


async def add(
    connection: AsyncConnection,
    org_id: UUID,
    endpoint_id: UUID,
    settings: EndpointSettings,
    sealed_secret: str,
) -> Endpoint:
    """Store a new endpoint with its encrypted secret, and return it."""
    rows = await connection.execute(
        insert(endpoints)
        .values(
            id=endpoint_id,
            org_id=org_id,
            url=settings.url,
            description=settings.description,
            event_types=list(settings.event_types),
            max_per_second=settings.max_per_second,
            secret=sealed_secret,
        )
        .returning(*_COLUMNS)
    )
    return _all(rows)[0]


async def find(connection: AsyncConnection, org_id: UUID, endpoint_id: UUID) -> Endpoint | None:
    """Return an endpoint of the organisation. None if it has no such endpoint."""
    query = select(*_COLUMNS).where(
        endpoints.c.id == endpoint_id,
        endpoints.c.org_id == org_id,
        endpoints.c.deleted_at.is_(None),
    )
    return _first(await connection.execute(query))


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[Endpoint]:
    """List the organisation's endpoints that are older than `before`, newest first."""
    query = (
        select(*_COLUMNS)
        .where(endpoints.c.org_id == org_id, endpoints.c.deleted_at.is_(None))
        .order_by(endpoints.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(endpoints.c.id < before)
    return _all(await connection.execute(query))


async def change(
    connection: AsyncConnection, org_id: UUID, endpoint_id: UUID, changes: EndpointChanges
) -> Endpoint | None:
    """Change an endpoint and return it. None if the organisation has no such endpoint."""
    values: dict[str, object] = {"updated_at": func.now()}
    if changes.url is not None:
        # What is known about the old address says nothing about the new one.
        values |= {"url": changes.url, **_FRESH}
    if changes.description is not None:
        values["description"] = changes.description
    if changes.event_types is not None:
        values["event_types"] = list(changes.event_types)
    if changes.max_per_second is not None or changes.unlimited:
        values["max_per_second"] = changes.max_per_second
    return await _update(connection, org_id, endpoint_id, values)


async def enable(connection: AsyncConnection, org_id: UUID, endpoint_id: UUID) -> Endpoint | None:
    """Enable an endpoint and return it. None if the organisation has no such endpoint."""
    values = {"disabled_at": None, "disabled_reason": None, **_FRESH}
    return await _update(connection, org_id, endpoint_id, values)


async def disable(
    connection: AsyncConnection, org_id: UUID, endpoint_id: UUID, reason: DisabledReason
) -> Endpoint | None:
    """Disable an endpoint and return it. None if the organisation has no such endpoint."""
    values = {"disabled_at": func.now(), "disabled_reason": reason.value}
    return await _update(connection, org_id, endpoint_id, values)


async def delete(connection: AsyncConnection, org_id: UUID, endpoint_id: UUID) -> bool:
    """Delete an endpoint. Returns False if the organisation has no such endpoint.

    Its row and its deliveries are deleted later, with the old ones.
    """
    return bool(await _update(connection, org_id, endpoint_id, {"deleted_at": func.now()}))


async def secret_of(connection: AsyncConnection, org_id: UUID, endpoint_id: UUID) -> str | None:
    """Return the encrypted secret of an endpoint. None if the organisation has no such endpoint."""
    query = select(endpoints.c.secret).where(
        endpoints.c.id == endpoint_id,
        endpoints.c.org_id == org_id,
        endpoints.c.deleted_at.is_(None),
    )
    sealed: str | None = (await connection.execute(query)).scalar_one_or_none()
    return sealed


async def rotate_secret(
    connection: AsyncConnection, org_id: UUID, endpoint_id: UUID, rotation: Rotation
) -> Endpoint | None:
    """Replace a secret and return its endpoint. None if another request has replaced it."""
    parameters = {"id": endpoint_id, "org_id": org_id, **asdict(rotation)}
    changed = await connection.execute(_ROTATE, parameters)
    return await find(connection, org_id, endpoint_id) if changed.rowcount else None


async def mark_warned(connection: AsyncConnection, org_id: UUID, endpoint_id: UUID) -> None:
    """Store that the organisation was warned about an endpoint."""
    await _update(connection, org_id, endpoint_id, {"warned_at": func.now()})


async def call_now(connection: AsyncConnection, org_id: UUID, endpoint_id: UUID) -> None:
    """Let an endpoint be called at once, even if its last calls have failed."""
    await _update(connection, org_id, endpoint_id, {"paused_until": None})


async def long_failing(
    connection: AsyncConnection, hours: int, grace_hours: int | None, limit: int
) -> Sequence[tuple[UUID, UUID]]:
    """List organisation and id of enabled endpoints whose calls have failed for `hours` or longer.

    Args:
        connection: A transaction that sees all organisations.
        hours: Hours since the first failed call.
        grace_hours: Hours since the organisation was warned. None: endpoints without a warning.
        limit: How many to list.
    """
    parameters = {"hours": hours, "grace": grace_hours, "limit": limit}
    return [(row.org_id, row.id) for row in await connection.execute(_LONG_FAILING, parameters)]


async def announce_types(connection: AsyncConnection, org_id: UUID, version: int) -> None:
    """Tell the other services which events the organisation's endpoints and listeners get."""
    of_endpoints = select(endpoints.c.event_types).where(
        endpoints.c.org_id == org_id,
        endpoints.c.deleted_at.is_(None),
        endpoints.c.disabled_at.is_(None),
    )
    of_listeners = select(listeners.c.event_types).where(listeners.c.org_id == org_id)
    chosen = (await connection.execute(union_all(of_endpoints, of_listeners))).scalars().all()
    event = WebhookSubscription(
        org_id=str(org_id),
        types=sorted({type_ for types in chosen for type_ in types}),
        all_types=any(not types for types in chosen),
        version=version,
    )
    await announce(connection, (subjects.WEBHOOK_SUBSCRIBED, event))


async def not_found(database: Database, org_id: UUID, endpoint_id: UUID) -> Exception:
    """Return the error for an endpoint that the organisation doesn't have."""
    elsewhere = and_(endpoints.c.id == endpoint_id, endpoints.c.org_id != org_id)
    return await database.not_found(endpoints, elsewhere, "webhook endpoint")


_FRESH: Mapping[str, object] = {
    "failing_since": None,
    "warned_at": None,
    "failures": 0,
    "paused_until": None,
}


async def _update(
    connection: AsyncConnection, org_id: UUID, endpoint_id: UUID, values: Mapping[str, object]
) -> Endpoint | None:
    rows = await connection.execute(
        update(endpoints)
        .where(
            endpoints.c.id == endpoint_id,
            endpoints.c.org_id == org_id,
            endpoints.c.deleted_at.is_(None),
        )
        .values(**values)
        .returning(*_COLUMNS)
    )
    return _first(rows)


def _first(rows: Result[Any]) -> Endpoint | None:
    return next(iter(_all(rows)), None)


def _all(rows: Result[Any]) -> Sequence[Endpoint]:
    return [Endpoint(**{**row, **_reason(row)}) for row in rows.mappings()]


def _reason(row: RowMapping) -> Mapping[str, object]:
    reason = row["disabled_reason"]
    return {"disabled_reason": DisabledReason(reason) if reason else None}
