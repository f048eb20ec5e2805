"""Store events and their deliveries, list them, and have them delivered again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Result, Select, and_, case, null, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import wakeups
from servicekit.db.database import Database
from servicekit.db.old_rows import OldRows
from servicekit.ids import first_id_at, new_id, time_of
from services.webhooks.delivery.domain.endpoints import Delivery
from services.webhooks.delivery.domain.listeners import KEPT_MINUTES
from services.webhooks.delivery.storage.tables import webhook_deliveries as deliveries
from services.webhooks.delivery.storage.tables import webhook_events as events

WORK = "webhook-deliveries"
"""The name by which ``servicekit.wakeups`` wakes the loop that makes deliveries."""

_COLUMNS = (
    deliveries.c.id,
    deliveries.c.endpoint_id,
    deliveries.c.event_id,
    events.c.type.label("event_type"),
    deliveries.c.status,
    deliveries.c.attempts,
    case((deliveries.c.status == "pending", deliveries.c.next_attempt_at)).label("next_attempt_at"),
    deliveries.c.last_attempt_at,
    deliveries.c.duration_ms,
    deliveries.c.response_code,
    deliveries.c.response_body,
    deliveries.c.error,
    events.c.occurred_at,
    deliveries.c.created_at,
)

# A repeat of an event has the same id, and changes nothing.
_ADD_EVENTS = text("""
INSERT INTO webhook_events (id, org_id, type, occurred_at, payload)
SELECT * FROM unnest(
  CAST(:ids AS uuid[]), CAST(:org_ids AS uuid[]), CAST(:types AS text[]),
  CAST(:times AS timestamptz[]), CAST(:payloads AS text[])
)
ON CONFLICT DO NOTHING
RETURNING id
""")

_FAN_OUT = text("""
INSERT INTO webhook_deliveries (id, org_id, endpoint_id, event_id)
SELECT uuidv7(), event.org_id, endpoint.id, event.id
FROM unnest(CAST(:ids AS uuid[]), CAST(:org_ids AS uuid[]), CAST(:types AS text[]))
  WITH ORDINALITY AS event (id, org_id, type, place)
JOIN (
  SELECT id, org_id, event_types FROM webhook_endpoints
  WHERE deleted_at IS NULL AND disabled_at IS NULL
  UNION ALL
  SELECT id, org_id, event_types FROM webhook_listeners
  WHERE fetched_at > now() - make_interval(mins => :kept_minutes)
) AS endpoint ON endpoint.org_id = event.org_id
  AND (endpoint.event_types = '{}' OR event.type = ANY(endpoint.event_types))
ORDER BY event.place
ON CONFLICT DO NOTHING
""")

_ADD = text("""
INSERT INTO webhook_deliveries (id, org_id, endpoint_id, event_id)
VALUES (:id, :org_id, :endpoint_id, :event_id)
""")

_REPLAY = text("""
UPDATE webhook_deliveries SET status = 'pending', tries = 0, next_attempt_at = now()
WHERE id = :id AND org_id = :org_id
""")

# Ids sort by the time of their creation.
_REPLAY_SINCE = text("""
UPDATE webhook_deliveries SET status = 'pending', tries = 0, next_attempt_at = now()
WHERE org_id = :org_id AND id IN (
  SELECT id FROM webhook_deliveries
  WHERE org_id = :org_id AND endpoint_id = :endpoint_id AND id >= :first
    AND (CAST(:status AS text) IS NULL OR status = :status)
  ORDER BY id LIMIT :limit
)
RETURNING id
""")

OLD_DELIVERIES = OldRows("webhook_deliveries", "id::text", "id < CAST(:before AS uuid)")
"""The rows to delete: deliveries whose ids are lower than ``before``."""
OLD_EVENTS = OldRows("webhook_events", "id::text", "id < CAST(:before AS uuid)")
"""The rows to delete: events whose ids are lower than ``before``."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A customer event to deliver. `payload` is the body of the calls to endpoints."""

    id: UUID
    org_id: UUID
    type: str
    occurred_at: datetime
    payload: str


async def add_events(connection: AsyncConnection, new: Sequence[NewEvent]) -> None:
    """Store events, and a delivery to each endpoint and listener that subscribes to their type.

    Idempotent. A repeated event is not delivered to endpoints that were created in the meantime.
    """
    stored = set((await connection.execute(_ADD_EVENTS, _parameters(new))).scalars())
    fresh = [event for event in new if event.id in stored]
    if fresh:
        await connection.execute(_FAN_OUT, {**_parameters(fresh), "kept_minutes": KEPT_MINUTES})
        wakeups.note(connection, WORK)


async def add_for(connection: AsyncConnection, endpoint_id: UUID, new: NewEvent) -> UUID:
    """Store an event for one endpoint only, and return the id of its delivery."""
    await connection.execute(_ADD_EVENTS, _parameters([new]))
    delivery_id = new_id()
    ids = {"org_id": new.org_id, "endpoint_id": endpoint_id, "event_id": new.id}
    await connection.execute(_ADD, {"id": delivery_id, **ids})
    return delivery_id


async def find(connection: AsyncConnection, org_id: UUID, delivery_id: UUID) -> Delivery | None:
    """Return a delivery with its payload. None if the organisation has no such delivery."""
    query = _select(org_id, with_payload=True).where(deliveries.c.id == delivery_id)
    return next(iter(_all(await connection.execute(query))), None)


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: tuple[UUID, str | None],
    limit: int,
    before: UUID | None,
) -> Sequence[Delivery]:
    """List deliveries of an endpoint, newest first.

    `wanted` has the endpoint, and the status if only one status is wanted. Only deliveries that are
    older than the delivery `before` are listed.
    """
    endpoint_id, status = wanted
    query = _select(org_id).where(deliveries.c.endpoint_id == endpoint_id)
    if status:
        query = query.where(deliveries.c.status == status)
    if before:
        query = query.where(deliveries.c.id < before)
    query = query.order_by(deliveries.c.id.desc()).limit(limit)
    return _all(await connection.execute(query))


async def replay(connection: AsyncConnection, org_id: UUID, delivery_id: UUID) -> None:
    """Make a delivery due now. Its count of attempts begins again."""
    await connection.execute(_REPLAY, {"id": delivery_id, "org_id": org_id})


async def replay_since(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: tuple[UUID, str | None],
    since: datetime,
    limit: int,
) -> tuple[int, datetime | None]:
    """Make the oldest deliveries of an endpoint since a time due now.

    `wanted` has the endpoint, and the status if only one status is wanted. At most `limit`
    deliveries become due.

    Returns:
        How many became due, and the time of the last one if there may be more.
    """
    endpoint_id, status = wanted
    parameters = {
        "org_id": org_id,
        "endpoint_id": endpoint_id,
        "status": status,
        "first": first_id_at(since),
        "limit": limit,
    }
    ids = (await connection.execute(_REPLAY_SINCE, parameters)).scalars().all()
    return len(ids), time_of(max(ids)) if len(ids) == limit else None


async def not_found(database: Database, org_id: UUID, delivery_id: UUID) -> Exception:
    """Return the error for a delivery that the organisation doesn't have."""
    elsewhere = and_(deliveries.c.id == delivery_id, deliveries.c.org_id != org_id)
    return await database.not_found(deliveries, elsewhere, "webhook delivery")


def _parameters(new: Sequence[NewEvent]) -> Mapping[str, Any]:
    return {
        "ids": [event.id for event in new],
        "org_ids": [event.org_id for event in new],
        "types": [event.type for event in new],
        "times": [event.occurred_at for event in new],
        "payloads": [event.payload for event in new],
    }


def _select(org_id: UUID, *, with_payload: bool = False) -> Select[Any]:
    payload = events.c.payload if with_payload else null().label("payload")
    return (
        select(*_COLUMNS, payload)
        .join(events, events.c.id == deliveries.c.event_id)
        .where(deliveries.c.org_id == org_id, events.c.org_id == org_id)
    )


def _all(rows: Result[Any]) -> Sequence[Delivery]:
    return [Delivery(**row) for row in rows.mappings()]
