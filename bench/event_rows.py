"""Write an event with its attendees and their texts into the databases by COPY."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from bench.message_rows import fate
from bench.tenant import Tenant
from deploy.local.stack import Stack
from servicekit.ids import id_at, new_id

# The kinds of text that each attendee got, one per day.
_TYPES = ("invitation", "rsvp_reminder", "match_reveal", "event_reminder", "question_set")
_ANSWERS = ("pending", "yes", "maybe")
_ATTENDEE_COLUMNS = "id, org_id, event_id, contact_id, first_name, last_name, phone, rsvp_status"
_TEXT_COLUMNS = (
    "id, org_id, user_id, contact_id, campaign_id, event_id, attendee_id, notification_type,"
    " to_number, from_number, body, direction, status, segments, price_cents, charged, error_code,"
    " raw_payload, raw_payload_at, next_step_at, created_at, accepted_at, sent_at, delivered_at,"
    " status_updated_at"
)
_PAYLOAD = json.dumps(
    {
        "AccountSid": "AC" + "0" * 32,
        "ApiVersion": "2010-04-01",
        "From": "+15005550006",
        "MessageSid": "SM" + "0" * 32,
        "MessageStatus": "delivered",
        "To": "+12000000000",
    }
)

# Two callbacks came for every text that was sent.
_CALLBACKS = """
INSERT INTO delivery_events (org_id, message_id, event_type, error_code, payload, received_at)
SELECT org_id, id, callback.event_type, callback.code, raw_payload, status_updated_at
FROM sms_messages, LATERAL (VALUES ('sent', NULL), (status, error_code))
  AS callback (event_type, code)
WHERE org_id = %s AND event_id = %s AND status IN ('delivered', 'undelivered')
"""


@dataclass(frozen=True, slots=True)
class Event:
    """An event with ``texts`` sent texts, five to each attendee.

    ``first_attendee`` is the id of the first attendee; the next ids follow one by one.
    """

    tenant: Tenant
    id: str
    first_attendee: UUID
    texts: int

    @property
    def attendees(self) -> int:
        """The number of attendees."""
        return self.texts // len(_TYPES)

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Send a GET for a path below the event's path.

        ``attendee`` in the path is replaced by an attendee's id.
        """
        attendee_id = self.attendee(self.attendees // 2)
        path = path.format(attendee=attendee_id)
        return self.tenant.get(f"/api/events/{self.id}/{path}", **query)

    def attendee(self, number: int) -> UUID:
        """Return the id of the ``number``-th attendee."""
        return UUID(int=self.first_attendee.int + number)


def bring_event(stack: Stack, tenant: Tenant, texts: int) -> Event:
    """Insert an event with ``texts`` sent texts for an organisation."""
    date = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    draft = {"name": f"Reunion of {texts}", "date": date, "timeZone": "Europe/Berlin"}
    event = Event(tenant, tenant.post("/api/events", draft)["id"], new_id(), texts)
    _bring(stack, "campaigns", f"event_attendees ({_ATTENDEE_COLUMNS})", _attendees(event))
    _bring(stack, "messaging", f"sms_messages ({_TEXT_COLUMNS})", _texts(event))
    with psycopg.connect(stack.postgres.url("messaging"), autocommit=True) as connection:
        connection.execute(_CALLBACKS, (tenant.org_id, event.id))
        connection.execute("VACUUM ANALYZE sms_messages, delivery_events, message_search")
    return event


def _bring(stack: Stack, service: str, table: str, rows: Iterator[tuple[object, ...]]) -> None:
    with psycopg.connect(stack.postgres.url(service), autocommit=True) as connection:
        with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
        connection.execute(f"VACUUM ANALYZE {table.partition(' ')[0]}".encode())


def _attendees(event: Event) -> Iterator[tuple[object, ...]]:
    for number in range(event.attendees):
        yield (
            event.attendee(number),
            event.tenant.org_id,
            event.id,
            event.attendee(number),
            f"Name{number % 997}",
            f"Surname{number % 991}",
            _phone(number),
            _ANSWERS[number % len(_ANSWERS)],
        )


def _texts(event: Event) -> Iterator[tuple[object, ...]]:
    tenant, began = event.tenant, datetime.now(UTC) - timedelta(days=30)
    for day, notification_type in enumerate(_TYPES):
        campaign_id = new_id()
        for number in range(event.attendees):
            at = began + timedelta(days=day, milliseconds=number)
            status, code = fate(day * event.attendees + number)
            left, arrived = status in ("delivered", "undelivered"), status == "delivered"
            who = event.attendee(number)
            yield (
                *(id_at(at), tenant.org_id, tenant.user_id, who, campaign_id),
                *(event.id, who, notification_type, _phone(number), "+15005550006"),
                f"Name{number % 997}, this is about the reunion: number{number % 9973}",
                *("out", status, 1, 2, left, code, _PAYLOAD, at, "infinity"),
                *(at, at if left else None, at if left else None, at if arrived else None, at),
            )


def _phone(number: int) -> str:
    return f"+1{2_100_000_000 + number}"
