"""An event message stores the last callback's form fields; other messages don't."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.messaging.tests.attendees import Event
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.webhooks.v1 import events_pb2

ANN = phone(1)
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def event(bare_organisation: Organisation) -> Event:
    return Event(bare_organisation)


async def payload(event: Event, message_id: str) -> dict[str, Any] | None:
    """Return the last callback's fields, as stored with a message."""
    [row] = await event.rows(
        "SELECT raw_payload FROM sms_messages WHERE id = :id AND org_id = :org_id", id=message_id
    )
    found: dict[str, Any] | None = row["raw_payload"]
    return found


async def queued(event: Event, **columns: Any) -> str:
    """Store a message that Twilio has accepted. Return its id."""
    return await event.past(
        ANN, "queued", provider_sid=f"SM{uuid4().hex}", next_step_at="infinity", **columns
    )


async def test_the_whole_payload_of_the_last_callback_is_stored(event: Event) -> None:
    message_id = await queued(event)
    sid = await event.sid(message_id)
    await event.organisation.callback(message_id, sid, "sent")
    await event.organisation.callback(
        message_id, sid, "undelivered", code=30003, RawDlrDoneDate="2603041200"
    )
    assert await payload(event, message_id) == {
        "MessageSid": sid,
        "MessageStatus": "undelivered",
        "From": "+14155550100",
        "ErrorCode": "30003",
        "RawDlrDoneDate": "2603041200",
    }


@pytest.mark.parametrize("late", ["sent", "delivered", "teleported"])
async def test_the_payload_of_a_callback_is_stored_even_if_it_changes_no_status(
    event: Event, late: str
) -> None:
    message_id = await queued(event)
    sid = await event.sid(message_id)
    await event.organisation.callback(message_id, sid, "sent", "delivered")
    await event.organisation.callback(message_id, sid, late, SmsSid="late")
    assert (await payload(event, message_id) or {})["SmsSid"] == "late"
    assert await event.organisation.status(message_id) == "delivered"


async def test_a_late_callback_brings_nothing_of_an_erased_person_back(event: Event) -> None:
    message_id = await queued(event)
    sid = await event.sid(message_id)
    await event.organisation.callback(message_id, sid, "delivered")
    erase = """
    UPDATE sms_messages SET to_number = 'erased', raw_payload = NULL, raw_payload_at = NULL
    WHERE id = :id AND org_id = :org_id RETURNING id
    """
    assert await event.rows(erase, id=message_id)
    await event.organisation.callback(message_id, sid, "sent", To=ANN)
    assert await payload(event, message_id) is None
    [row] = await event.rows(
        "SELECT payload FROM delivery_events"
        " WHERE message_id = :id AND org_id = :org_id AND event_type = 'sent'",
        id=message_id,
    )
    assert row["payload"] == {}


async def test_the_payload_of_the_callback_received_last_is_stored(event: Event) -> None:
    message_id = await queued(event)
    for word, minutes in (("delivered", 2), ("sent", 1), ("queued", 0)):
        await receive(event, message_id, word, NOON + timedelta(minutes=minutes))
    assert (await payload(event, message_id) or {})["MessageStatus"] == "delivered"
    await receive(event, message_id, "sent", NOON + timedelta(minutes=3))
    assert (await payload(event, message_id) or {})["MessageStatus"] == "sent"


async def test_the_last_payload_of_a_batch_of_callbacks_is_stored(event: Event) -> None:
    message_id = await queued(event)
    together = [
        await received(event, message_id, word, NOON + timedelta(minutes=minutes))
        for word, minutes in (("delivered", 2), ("sent", 1))
    ]
    await event.organisation.deliver("webhook.twilio.status", together)
    assert (await payload(event, message_id) or {})["MessageStatus"] == "delivered"


async def test_a_message_that_is_not_for_an_event_stores_no_callback_payload(event: Event) -> None:
    message_id = await queued(event, event_id=None, attendee_id=None, notification_type=None)
    await event.organisation.callback(message_id, await event.sid(message_id), "delivered")
    assert await payload(event, message_id) is None
    [told] = await event.rows("SELECT payload FROM delivery_events WHERE org_id = :org_id")
    assert told["payload"]["MessageStatus"] == "delivered"


async def received(
    event: Event, message_id: str, word: str, at: datetime
) -> events_pb2.WebhookReceived:
    """Build a callback that was received at the time `at`."""
    webhook = events_pb2.WebhookReceived(
        id=str(uuid4()),
        org_id=str(event.organisation.org_id),
        message_id=message_id,
        form={"MessageStatus": word, "MessageSid": await event.sid(message_id)},
    )
    webhook.received_at.FromDatetime(at)
    return webhook


async def receive(event: Event, message_id: str, word: str, at: datetime) -> None:
    """Handle a callback now, as if it was received at the time `at`."""
    webhook = await received(event, message_id, word, at)
    await event.organisation.deliver("webhook.twilio.status", [webhook])
