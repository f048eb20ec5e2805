"""Store listeners, and the events that wait for them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Result, and_, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.old_rows import OldRows
from servicekit.db.sealed_columns import SecretColumn
from services.webhooks.delivery.domain.listeners import KEPT_MINUTES, Listener, WaitingEvent
from services.webhooks.delivery.storage.tables import webhook_deliveries as deliveries
from services.webhooks.delivery.storage.tables import webhook_events as events
from services.webhooks.delivery.storage.tables import webhook_listeners as listeners

SECRET = SecretColumn(listeners, "secret", "id")

_KEPT = func.make_interval(0, 0, 0, 0, 0, KEPT_MINUTES)
_LIVES = listeners.c.fetched_at > func.now() - _KEPT
_COLUMNS = (
    listeners.c.id,
    listeners.c.org_id,
    listeners.c.event_types,
    listeners.c.secret,
    listeners.c.created_at,
    (listeners.c.fetched_at + _KEPT).label("expires_at"),
    listeners.c.fetched_at.label("last_fetched_at"),
)

_RECEIVED = text("""
DELETE FROM webhook_deliveries
WHERE org_id = :org_id AND endpoint_id = :listener_id AND status = 'pending'
  AND event_id = ANY(CAST(:event_ids AS uuid[]))
""")

# The subquery finds what deliveries wait for by jumping from one to the next in the index.
LEFT_BEHIND = OldRows(
    "webhook_deliveries",
    "id::text",
    """status = 'pending' AND endpoint_id IN (
  WITH RECURSIVE waiting (endpoint_id) AS (
    (
      SELECT endpoint_id FROM webhook_deliveries WHERE status = 'pending'
      ORDER BY endpoint_id LIMIT 1
    )
    UNION ALL
    SELECT (
      SELECT delivery.endpoint_id FROM webhook_deliveries AS delivery
      WHERE delivery.status = 'pending' AND delivery.endpoint_id > waiting.endpoint_id
      ORDER BY delivery.endpoint_id LIMIT 1
    )
    FROM waiting WHERE waiting.endpoint_id IS NOT NULL
  )
  SELECT endpoint_id FROM waiting
  WHERE NOT EXISTS (SELECT FROM webhook_endpoints AS one WHERE one.id = waiting.endpoint_id)
    AND NOT EXISTS (SELECT FROM webhook_listeners AS one WHERE one.id = waiting.endpoint_id)
)""",
)
"""The rows to delete: deliveries of deleted listeners, also those that came during the deletion."""

# Expired listeners that a job leaves aside because they have failed are not among them.
_EXPIRED = text("""
SELECT org_id, id FROM webhook_listeners
WHERE fetched_at <= now() - make_interval(mins => :minutes)
  AND NOT EXISTS (SELECT FROM left_alone WHERE job = :job AND item = id::text)
ORDER BY fetched_at LIMIT :limit
""")


async def count(connection: AsyncConnection, org_id: UUID) -> int:
    """Count the organisation's listeners."""
    query = select(func.count()).where(listeners.c.org_id == org_id, _LIVES)
    return int((await connection.execute(query)).scalar_one())


async def add(
    connection: AsyncConnection,
    org_id: UUID,
    listener_id: UUID,
    event_types: Sequence[str],
    sealed_secret: str,
) -> Listener:
    """Store a new listener with its encrypted secret, and return it."""
    rows = await connection.execute(
        insert(listeners)
        .values(id=listener_id, org_id=org_id, event_types=list(event_types), secret=sealed_secret)
        .returning(*_COLUMNS)
    )
    return _all(rows)[0]


async def find(connection: AsyncConnection, org_id: UUID, listener_id: UUID) -> Listener | None:
    """Return a listener of the organisation. None if it has no such listener."""
    query = select(*_COLUMNS).where(
        listeners.c.id == listener_id, listeners.c.org_id == org_id, _LIVES
    )
    return next(iter(_all(await connection.execute(query))), None)


async def of_org(connection: AsyncConnection, org_id: UUID) -> Sequence[Listener]:
    """List the organisation's listeners that have not ended, newest first."""
    query = (
        select(*_COLUMNS)
        .where(listeners.c.org_id == org_id, _LIVES)
        .order_by(listeners.c.id.desc())
    )
    return _all(await connection.execute(query))


async def keep(connection: AsyncConnection, org_id: UUID, listener_id: UUID) -> Listener | None:
    """Keep a listener for another hour. None if the organisation has no such listener."""
    rows = await connection.execute(
        update(listeners)
        .where(listeners.c.id == listener_id, listeners.c.org_id == org_id, _LIVES)
        .values(fetched_at=func.now())
        .returning(*_COLUMNS)
    )
    return next(iter(_all(rows)), None)


async def delete_received(
    connection: AsyncConnection, org_id: UUID, listener_id: UUID, event_ids: Sequence[UUID]
) -> None:
    """Delete the deliveries of events that a listener has received. Other ids are ignored."""
    await connection.execute(
        _RECEIVED, {"org_id": org_id, "listener_id": listener_id, "event_ids": list(event_ids)}
    )


async def waiting(
    connection: AsyncConnection, org_id: UUID, listener_id: UUID, limit: int
) -> Sequence[WaitingEvent]:
    """Return the oldest events that a listener has not received yet."""
    query = (
        select(events.c.id, events.c.type, events.c.payload)
        .join(deliveries, deliveries.c.event_id == events.c.id)
        .where(
            deliveries.c.org_id == org_id,
            deliveries.c.endpoint_id == listener_id,
            deliveries.c.status == "pending",
            events.c.org_id == org_id,
        )
        .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
        .limit(limit)
    )
    return [WaitingEvent(**row) for row in (await connection.execute(query)).mappings()]


async def remove(connection: AsyncConnection, org_id: UUID, listener_id: UUID) -> bool:
    """Delete a listener. Returns False if there is no such listener.

    A job deletes the listener's deliveries later, with the rows that `LEFT_BEHIND` selects.
    """
    gone = await connection.execute(
        delete(listeners).where(listeners.c.id == listener_id, listeners.c.org_id == org_id)
    )
    return bool(gone.rowcount)


async def expired(connection: AsyncConnection, job: str, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """List organisation and id of listeners that nobody has fetched for an hour.

    Needs a transaction that sees all organisations (``database.system()``).
    """
    found = await connection.execute(
        _EXPIRED, {"minutes": KEPT_MINUTES, "job": job, "limit": limit}
    )
    return [(row.org_id, row.id) for row in found]


async def not_found(database: Database, org_id: UUID, listener_id: UUID) -> Exception:
    """Return the error for a listener that the organisation doesn't have."""
    elsewhere = and_(listeners.c.id == listener_id, listeners.c.org_id != org_id)
    return await database.not_found(listeners, elsewhere, "webhook listener")


def _all(rows: Result[Any]) -> Sequence[Listener]:
    return [Listener(**row) for row in rows.mappings()]
