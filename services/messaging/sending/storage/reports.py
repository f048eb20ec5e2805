"""Apply delivery reports to many messages at a time. Messages only move forward."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.domain.provider_errors import description
from services.messaging.sending.domain.delivery_reports import DeliveryReport
from services.messaging.sending.storage import transitions
from services.messaging.sending.storage.tally import Move, move_of

_FIND = text("""
SELECT id, org_id, provider_sid, event_id IS NOT NULL OR raw_payload IS NOT NULL AS keeps_payload,
  to_number = 'erased' AS is_erased, traceparent
FROM sms_messages
WHERE id = ANY(CAST(:ids AS uuid[])) OR provider_sid = ANY(CAST(:sids AS text[]))
""")

_LOCK = text("""
SELECT FROM sms_messages WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""")

_STORE_EVENTS = text("""
INSERT INTO delivery_events (org_id, message_id, event_type, error_code, payload, received_at)
SELECT * FROM unnest(
  CAST(:org_ids AS uuid[]), CAST(:message_ids AS uuid[]), CAST(:types AS text[]),
  CAST(:codes AS integer[]), CAST(:payloads AS jsonb[]), CAST(:times AS timestamptz[])
)
ON CONFLICT ON CONSTRAINT uq_delivery_events_once DO NOTHING
""")

_STORE_LAST = text("""
UPDATE sms_messages AS message
SET raw_payload = last.payload, raw_payload_at = last.received_at
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:payloads AS jsonb[]), CAST(:times AS timestamptz[])
) AS last (id, payload, received_at)
WHERE message.id = last.id AND message.id = ANY(CAST(:ids AS uuid[]))
  AND message.to_number <> 'erased'
  AND (message.raw_payload_at IS NULL OR message.raw_payload_at <= last.received_at)
""")


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message that a callback is about.

    `keeps_payload`: whether the form of the message's last callback is stored with it.
    `is_erased`: whether its recipient was erased, so that no form of a callback may be stored.
    `traceparent`: the message's trace, if it is sampled.
    """

    id: UUID
    org_id: UUID
    provider_sid: str | None
    keeps_payload: bool
    is_erased: bool
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """One report as it arrived, for the message's timeline.

    `keep_last`: store the report on the message too, unless a later one is stored there.
    """

    org_id: UUID
    message_id: UUID
    type: str
    error_code: int | None
    payload: Mapping[str, str]
    received_at: datetime
    keep_last: bool


@dataclass(frozen=True, slots=True)
class MovedMessage:
    """A message whose status a report has changed.

    `delivery_seconds`: the time from Twilio's acceptance to the delivery, if it was delivered.
    """

    id: UUID
    to: str
    error_code: int | None
    move: Move
    delivery_seconds: float | None


async def find(
    connection: AsyncConnection, ids: Sequence[UUID], sids: Sequence[str]
) -> Sequence[KnownMessage]:
    """Find messages by id or provider SID, in all organisations."""
    rows = await connection.execute(_FIND, {"ids": list(ids), "sids": list(sids)})
    return [
        KnownMessage(
            row.id,
            row.org_id,
            row.provider_sid,
            row.keeps_payload,
            row.is_erased,
            row.traceparent,
        )
        for row in rows
    ]


async def store_events(connection: AsyncConnection, events: Sequence[DeliveryEvent]) -> None:
    """Add events to the timelines of their messages, each once."""
    await connection.execute(
        _STORE_EVENTS,
        {
            "org_ids": [e.org_id for e in events],
            "message_ids": [e.message_id for e in events],
            "types": [e.type for e in events],
            "codes": [e.error_code for e in events],
            "payloads": [json.dumps(dict(e.payload)) for e in events],
            "times": [e.received_at for e in events],
        },
    )


async def store_last_payloads(connection: AsyncConnection, events: Sequence[DeliveryEvent]) -> None:
    """Store the last callback's payload with each message for which payloads are kept.

    Call `apply` first, because it locks the messages.
    """
    storing = sorted((e for e in events if e.keep_last), key=attrgetter("received_at"))
    if not storing:
        return
    last = {event.message_id: event for event in storing}
    await connection.execute(
        _STORE_LAST,
        {
            "ids": list(last),
            "payloads": [json.dumps(dict(e.payload)) for e in last.values()],
            "times": [e.received_at for e in last.values()],
        },
    )


async def apply(
    connection: AsyncConnection, reports: Sequence[DeliveryReport], ask_after: float
) -> Sequence[MovedMessage]:
    """Lock messages and change the status of each as its report says.

    Args:
        connection: The transaction.
        reports: One report for each message.
        ask_after: Seconds until Twilio is asked about a message that is not final.

    Returns:
        The messages whose status has changed.
    """
    await connection.execute(_LOCK, {"ids": [r.message_id for r in reports]})
    reports = [r for r in reports if r.status]
    if not reports:
        return ()
    rows = await connection.execute(
        transitions.APPLY_REPORTS,
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
        MovedMessage(
            row.id,
            row.to_number,
            row.error_code,
            move_of(row, row.org_id),
            None if row.delivery_seconds is None else float(row.delivery_seconds),
        )
        for row in rows
    ]
