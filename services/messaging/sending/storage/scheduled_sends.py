"""Store, list, cancel, resume and hold scheduled sends."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.old_rows import OldRows
from servicekit.ids import new_id
from servicekit.tokens import CLOCK_TOLERANCE_SECONDS
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.scheduled_sends import (
    MEMBER_REMOVED,
    ScheduledKind,
    ScheduledRecipient,
    ScheduledSend,
    ScheduledStatus,
    SendLater,
)
from services.messaging.sending.storage.scheduled_tables import scheduled_sends

# The time of a member's removal is from the clock of another database.
_TOLERANCE = timedelta(seconds=CLOCK_TOLERANCE_SECONDS)

# Earlier than the time of every stored row.
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)

_ADD = text("""
INSERT INTO scheduled_sends
  (id, org_id, user_id, operation_id, kind, body, media_urls, from_number, send_at, due_at,
   respect_quiet_hours, reference, metadata, sender_chosen,
   valid_seconds)
VALUES (:id, :org_id, :user_id, :operation_id, :kind, :body, CAST(:media_urls AS text[]),
  :from_number, :send_at, :send_at, :respect_quiet_hours, :reference, CAST(:metadata AS jsonb),
  :sender_chosen, :valid_seconds)
ON CONFLICT DO NOTHING
RETURNING id
""")

# The recipients of the sends of one page are counted, at most a thousand for each.
_SELECT = """
SELECT send.id, send.org_id, send.user_id, send.kind, send.status, send.status_reason, send.body,
  send.media_urls, send.from_number, send.send_at, send.due_at, send.respect_quiet_hours,
  send.created_at, send.reference, send.metadata, send.valid_seconds AS valid_for,
  first.phone AS "to", first.contact_id, first.segments, found.price_cents, found.recipient_count,
  found.waiting_count, found.sent_count, found.refused_count
FROM ({sends}) AS send
CROSS JOIN LATERAL (
  SELECT sum(price_cents)::bigint AS price_cents, count(*) AS recipient_count,
    count(*) FILTER (WHERE state = 'waiting') AS waiting_count,
    count(*) FILTER (WHERE state = 'sent') AS sent_count,
    count(*) FILTER (WHERE state = 'refused') AS refused_count,
    min(position) AS position
  FROM scheduled_recipients
  WHERE scheduled_id = send.id AND org_id = send.org_id
) AS found
JOIN scheduled_recipients AS first
  ON first.scheduled_id = send.id AND first.position = found.position
ORDER BY send.send_at, send.id
"""

# All recipients in one statement, as JSON.
_ADD_RECIPIENTS = text("""
INSERT INTO scheduled_recipients
  (scheduled_id, org_id, position, number, phone, contact_id, segments, price_cents, smart_encoded,
   own_body, reference, metadata, state, refusal_code, refusal)
SELECT :scheduled_id, :org_id, position, number, phone, contact_id, segments, price_cents,
  smart_encoded, own_body, reference, nullif(metadata, 'null'), coalesce(state, 'waiting'),
  refusal_code, refusal
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS recipient (
  position integer, number text, phone text, contact_id uuid, segments integer, price_cents bigint,
  smart_encoded boolean, own_body text, reference text, metadata jsonb, state text,
  refusal_code text, refusal text
)
""")

_FIND = text(
    _SELECT.format(sends="SELECT * FROM scheduled_sends WHERE org_id = :org_id AND id = :id")
)

_OF_OPERATION = text(
    "SELECT id FROM scheduled_sends WHERE org_id = :org_id AND operation_id = :operation_id"
)

_PAGE = """
SELECT * FROM scheduled_sends
WHERE org_id = :org_id AND {status}
  AND (send_at, id) > (CAST(:after AS timestamptz), CAST(:after_id AS uuid))
ORDER BY send_at, id LIMIT :limit
"""
_OPEN_PAGE = text(
    _SELECT.format(sends=_PAGE.format(status="status IN ('scheduled', 'sending', 'held')"))
)
_STATUS_PAGE = text(_SELECT.format(sends=_PAGE.format(status="status = :status")))

_CANCEL = text("""
UPDATE scheduled_sends SET status = 'cancelled', status_reason = NULL, updated_at = now()
WHERE org_id = :org_id AND id = :id AND status IN ('scheduled', 'held')
RETURNING id
""")

_RESUME = text("""
UPDATE scheduled_sends
SET status = 'scheduled', status_reason = NULL, user_id = :user_id, confirmed_at = now(),
  due_at = greatest(send_at, now()), updated_at = now()
WHERE org_id = :org_id AND id = :id AND status = 'held'
RETURNING id
""")

# Sends that a member confirmed after the removal stay as they are.
_HOLD_OF_MEMBER = text("""
UPDATE scheduled_sends
SET status = 'held', status_reason = :reason, updated_at = now()
WHERE org_id = :org_id AND user_id = :user_id AND confirmed_at <= :confirmed_before
  AND (status = 'scheduled' OR status = 'held' AND status_reason <> :reason)
RETURNING id
""")

OLD = OldRows(
    "scheduled_sends",
    "id::text",
    "status IN ('sent', 'failed', 'cancelled') AND updated_at < now() - interval '30 days'",
)


@dataclass(frozen=True, slots=True)
class PageStart:
    """The position at which a page starts: after this row, the last one of the previous page."""

    send_at: datetime
    id: UUID


async def add(
    connection: AsyncConnection,
    request: SendLater,
    operation_id: UUID | None,
    recipients: Sequence[ScheduledRecipient],
    refused: Mapping[int, Refusal],
) -> UUID:
    """Store a scheduled send and return its id.

    If the operation was stored before, nothing is stored again. `refused` are the recipients in the
    request that can't be texted, by their positions.
    """
    parameters: dict[str, Any] = {
        "id": new_id(),
        "org_id": request.payer.org_id,
        "user_id": request.payer.user_id,
        "operation_id": operation_id,
        "kind": request.kind,
        "body": request.body,
        "media_urls": list(request.media_urls),
        "from_number": request.options.from_number or request.from_number,
        "valid_seconds": request.options.valid_seconds,
        "sender_chosen": request.options.from_number is not None or None,
        "reference": request.options.reference,
        "metadata": request.options.metadata_json(),
        **asdict(request.when),
    }
    scheduled_id: UUID | None = await connection.scalar(_ADD, parameters)
    if scheduled_id is None:
        stored: UUID = (await connection.execute(_OF_OPERATION, parameters)).scalar_one()
        return stored
    own = {"scheduled_id": scheduled_id, "org_id": request.payer.org_id}
    rows = [*map(asdict, recipients), *_refused_rows(request, refused)]
    await connection.execute(_ADD_RECIPIENTS, {**own, "rows": json.dumps(rows, default=str)})
    return scheduled_id


async def of_operation(
    connection: AsyncConnection, org_id: UUID, operation_id: UUID | None
) -> UUID | None:
    """Return the id of the scheduled send that an operation has stored, if any."""
    if operation_id is None:
        return None
    found: UUID | None = await connection.scalar(
        _OF_OPERATION, {"org_id": org_id, "operation_id": operation_id}
    )
    return found


async def find(
    connection: AsyncConnection, org_id: UUID, scheduled_id: UUID
) -> ScheduledSend | None:
    """Return a scheduled send, or None if the organisation has none with this id."""
    rows = await connection.execute(_FIND, {"org_id": org_id, "id": scheduled_id})
    row = rows.first()
    return _scheduled_send(row._asdict()) if row else None


async def not_found(database: Database, scheduled_id: UUID) -> Exception:
    """Return the error for a scheduled send that the organisation does not own."""
    return await database.not_found(
        scheduled_sends, scheduled_sends.c.id == scheduled_id, "scheduled send"
    )


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    status: ScheduledStatus | None,
    limit: int,
    after: PageStart | None,
) -> Sequence[ScheduledSend]:
    """Return up to `limit` scheduled sends by time, after the position `after`.

    If `status` is None, the scheduled sends that are not finished are returned.
    """
    parameters = {
        "org_id": org_id,
        "status": status,
        "limit": limit,
        "after": after.send_at if after else _FIRST,
        "after_id": after.id if after else UUID(int=0),
    }
    rows = await connection.execute(_STATUS_PAGE if status else _OPEN_PAGE, parameters)
    return [_scheduled_send(row._asdict()) for row in rows]


async def cancel(connection: AsyncConnection, org_id: UUID, scheduled_id: UUID) -> bool:
    """Cancel a scheduled send that waits or is held.

    Returns False if its status does not allow this.

    A process that sends it changes the status before, so that it is either cancelled or sent, never
    both.
    """
    return bool(await connection.scalar(_CANCEL, {"org_id": org_id, "id": scheduled_id}))


async def resume(
    connection: AsyncConnection, org_id: UUID, scheduled_id: UUID, user_id: UUID
) -> bool:
    """Resume a scheduled send that is held. Returns False if it isn't held.

    After that, `user_id` pays for it.
    """
    parameters = {"org_id": org_id, "id": scheduled_id, "user_id": user_id}
    return bool(await connection.scalar(_RESUME, parameters))


async def hold_of_member(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, removed_at: datetime
) -> Sequence[UUID]:
    """Hold the scheduled sends that a removed member has scheduled or resumed.

    Returns their ids.
    """
    rows = await connection.execute(
        _HOLD_OF_MEMBER,
        {
            "org_id": org_id,
            "user_id": user_id,
            "reason": MEMBER_REMOVED,
            "confirmed_before": removed_at + _TOLERANCE,
        },
    )
    return rows.scalars().all()


def _scheduled_send(row: dict[str, Any]) -> ScheduledSend:
    kind, status = ScheduledKind(row.pop("kind")), ScheduledStatus(row.pop("status"))
    return ScheduledSend(kind=kind, status=status, **row)


def _refused_rows(request: SendLater, refused: Mapping[int, Refusal]) -> Sequence[dict[str, Any]]:
    return [
        {
            "position": position,
            "number": request.recipients[position].number,
            "phone": request.recipients[position].phone.e164,
            "segments": 0,
            "price_cents": 0,
            "smart_encoded": False,
            "state": "refused",
            "refusal_code": refusal.code,
            "refusal": refusal.message,
        }
        for position, refusal in refused.items()
    ]
