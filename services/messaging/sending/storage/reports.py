"""Applying the provider's word: forward only, each event once, many messages at a time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.domain.provider_errors import description
from services.messaging.sending.domain.statuses import Report
from services.messaging.sending.storage.counts import Move

_FIND = text("""
SELECT id, org_id, provider_sid, event_id IS NOT NULL OR raw_payload IS NOT NULL AS keeps_payload
FROM sms_messages
WHERE id = ANY(CAST(:ids AS uuid[])) OR provider_sid = ANY(CAST(:sids AS text[]))
""")

_LOCK = text("""
SELECT FROM sms_messages WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""")

_KEEP = text("""
INSERT INTO delivery_events (org_id, message_id, event_type, error_code, payload, received_at)
SELECT * FROM unnest(
  CAST(:org_ids AS uuid[]), CAST(:message_ids AS uuid[]), CAST(:types AS text[]),
  CAST(:codes AS integer[]), CAST(:payloads AS jsonb[]), CAST(:times AS timestamptz[])
)
ON CONFLICT ON CONSTRAINT uq_delivery_events_once DO NOTHING
""")

# Only what was charged and is now known never to have left is given back. A code of an earlier
# attempt goes: the message came further.
_MOVE = text("""
UPDATE sms_messages AS message
SET status = report.status,
  error_code = report.error_code,
  error_message = report.error_message,
  provider_sid = coalesce(message.provider_sid, report.provider_sid),
  from_number = coalesce(message.from_number, report.from_number),
  refund_due = message.refund_due OR (report.status = 'failed' AND message.charged),
  accepted_at = coalesce(message.accepted_at, now()),
  sent_at = CASE WHEN report.status IN ('sent', 'delivered', 'undelivered')
    THEN coalesce(message.sent_at, now()) ELSE message.sent_at END,
  delivered_at = CASE WHEN report.status = 'delivered' THEN now() ELSE message.delivered_at END,
  next_step_at = now() + make_interval(secs => :ask_after),
  status_updated_at = now()
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:codes AS integer[]),
  CAST(:error_messages AS text[]), CAST(:sids AS text[]), CAST(:froms AS text[])
) AS report (id, status, error_code, error_message, provider_sid, from_number)
WHERE message.id = report.id AND message.id = ANY(CAST(:ids AS uuid[]))
  AND status_rank(message.status) < status_rank(report.status)
RETURNING message.id, message.org_id, message.campaign_id, message.to_number,
  message.error_code, old.status AS was, new.status AS now
""")

_KEEP_LAST = text("""
UPDATE sms_messages AS message
SET raw_payload = last.payload, raw_payload_at = last.received_at
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:payloads AS jsonb[]), CAST(:times AS timestamptz[])
) AS last (id, payload, received_at)
WHERE message.id = last.id AND message.id = ANY(CAST(:ids AS uuid[]))
  AND (message.raw_payload_at IS NULL OR message.raw_payload_at <= last.received_at)
""")


@dataclass(frozen=True, slots=True)
class Known:
    """A message that a callback is about. ``keeps_payload``: itself, not its timeline alone."""

    id: UUID
    org_id: UUID
    provider_sid: str | None
    keeps_payload: bool


@dataclass(frozen=True, slots=True)
class Event:
    """The provider's word as it came, for the message's timeline.

    ``keep_last``: for the message itself too, if none came later.
    """

    org_id: UUID
    message_id: UUID
    type: str
    error_code: int | None
    payload: Mapping[str, str]
    received_at: datetime
    keep_last: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A message that a report moved forward."""

    id: UUID
    to: str
    error_code: int | None
    move: Move


async def find(
    connection: AsyncConnection, ids: Sequence[UUID], sids: Sequence[str]
) -> Sequence[Known]:
    """The messages with these ids or provider SIDs, of whatever organisation."""
    rows = await connection.execute(_FIND, {"ids": list(ids), "sids": list(sids)})
    return [Known(row.id, row.org_id, row.provider_sid, row.keeps_payload) for row in rows]


async def keep(connection: AsyncConnection, events: Sequence[Event]) -> None:
    """Add events to their messages' timelines, each once."""
    await connection.execute(
        _KEEP,
        {
            "org_ids": [e.org_id for e in events],
            "message_ids": [e.message_id for e in events],
            "types": [e.type for e in events],
            "codes": [e.error_code for e in events],
            "payloads": [json.dumps(dict(e.payload)) for e in events],
            "times": [e.received_at for e in events],
        },
    )


async def keep_last(connection: AsyncConnection, events: Sequence[Event]) -> None:
    """Keep the last payload of each message that keeps it; nothing where none does.

    Their messages are locked: :func:`apply` comes first.
    """
    keeping = sorted((e for e in events if e.keep_last), key=attrgetter("received_at"))
    if not keeping:
        return
    last = {event.message_id: event for event in keeping}
    await connection.execute(
        _KEEP_LAST,
        {
            "ids": list(last),
            "payloads": [json.dumps(dict(e.payload)) for e in last.values()],
            "times": [e.received_at for e in last.values()],
        },
    )


async def apply(
    connection: AsyncConnection, reports: Sequence[Report], ask_after: float
) -> Sequence[Moved]:
    """Lock messages and move them forward by one report each; those that moved.

    ``ask_after``: seconds until Twilio is asked about a message that is not final.
    """
    await connection.execute(_LOCK, {"ids": [r.message_id for r in reports]})
    reports = [r for r in reports if r.status]
    if not reports:
        return ()
    rows = await connection.execute(
        _MOVE,
        {
            "ids": [r.message_id for r in reports],
            "statuses": [r.status for r in reports],
            "codes": [r.error_code for r in reports],
            "error_messages": [description(r.error_code) for r in reports],
            "sids": [r.provider_sid for r in reports],
            "froms": [r.from_number for r in reports],
            "ask_after": ask_after,
        },
    )
    return [
        Moved(
            row.id,
            row.to_number,
            row.error_code,
            Move(row.org_id, row.campaign_id, row.was, row.now),
        )
        for row in rows
    ]
