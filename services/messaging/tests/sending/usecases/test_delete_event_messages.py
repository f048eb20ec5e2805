"""Event messages with a final status are deleted. Conversations then show the message before."""

from datetime import UTC, datetime, timedelta

import pytest

from services.messaging.tests.attendees import Event
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from tests.fixtures.waiting import wait_until

ANN = phone(1)


@pytest.fixture
def event(bare_organisation: Organisation) -> Event:
    """Create an event whose messages were all sent in the past."""
    return Event(bare_organisation)


@pytest.fixture
def live_event(organisation: Organisation) -> Event:
    """Create an event of an organisation that can send."""
    return Event(organisation)


async def test_messages_with_a_final_status_are_deleted_with_their_delivery_events(
    event: Event,
) -> None:
    other = Event(event.organisation)
    await other.past(ANN, "delivered")
    for status in ("delivered", "undelivered", "failed", "cancelled"):
        message_id = await event.past(ANN, status)
        await _note(event, message_id)
    assert await event.delete_texts() == (4, False)
    assert (await event.texts(ANN)).texts == []
    assert await event.rows("SELECT FROM delivery_events WHERE org_id = :org_id") == []
    assert len((await other.texts(ANN)).texts) == 1
    assert await event.delete_texts() == (0, False)


@pytest.mark.parametrize("status", ["pending", "sending", "unknown", "queued", "sent"])
async def test_a_message_under_way_is_not_deleted(event: Event, status: str) -> None:
    await event.past(ANN, "delivered")
    message_id = await event.past(ANN, status, next_step_at="infinity")
    assert await event.delete_texts() == (1, True)
    assert [text.message.id for text in (await event.texts(ANN)).texts] == [message_id]


async def test_a_message_that_must_still_be_refunded_is_not_deleted(event: Event) -> None:
    message_id = await event.past(ANN, "failed", refund_due=True)

    async def deleted() -> bool:
        return await event.delete_texts() == (1, False)

    assert await event.delete_texts() == (0, True)
    await event.execute(
        "UPDATE sms_messages SET refund_due = false WHERE id = :id AND org_id = :org_id",
        id=message_id,
    )
    await wait_until(deleted)


@pytest.mark.parametrize("status", ["queued", "sent"])
async def test_a_message_that_is_no_longer_polled_is_deleted(event: Event, status: str) -> None:
    old = datetime.now(UTC) - timedelta(days=8)
    await event.past(ANN, status, created_at=old, next_step_at=old)
    assert await event.delete_texts() == (1, False)


async def test_messages_are_deleted_a_thousand_at_a_time(event: Event) -> None:
    await event.execute(
        "INSERT INTO sms_messages (id, org_id, event_id, attendee_id, notification_type, to_number,"
        " body, direction, status, segments, price_cents)"
        " SELECT gen_random_uuid(), :org_id, :event_id, gen_random_uuid(), 'invitation',"
        " '+14156000001', 'Come!', 'out', 'delivered', 1, 1 FROM generate_series(1, 1001)",
        event_id=event.id,
    )
    assert await event.delete_texts() == (1000, True)
    assert await event.delete_texts() == (1, False)


async def test_a_conversation_shows_the_message_before_a_deleted_one(live_event: Event) -> None:
    organisation = live_event.organisation
    await organisation.text_in(ANN, "Is it tonight?")
    first = await live_event.past(ANN)
    await live_event.retry(first, ANN)
    await live_event.execute("UPDATE sms_messages SET status = 'delivered' WHERE org_id = :org_id")
    inbox = Inbox(organisation)
    [conversation] = (await inbox.conversations()).items
    assert conversation.last_message == "Doors open at 8"
    assert await live_event.delete_texts() == (2, False)
    [conversation] = (await inbox.conversations()).items
    assert conversation.last_message == "Is it tonight?"


async def test_a_conversation_whose_messages_are_all_deleted_shows_none(live_event: Event) -> None:
    long = "a" * 200
    await live_event.retry(await live_event.past(ANN, body=long), ANN)
    await live_event.execute("UPDATE sms_messages SET status = 'delivered' WHERE org_id = :org_id")
    assert await live_event.delete_texts() == (2, False)
    assert [t.last_message for t in await live_event.organisation.conversations()] == [""]


async def test_a_conversation_that_shows_another_message_does_not_change(live_event: Event) -> None:
    organisation = live_event.organisation
    await organisation.text_in(ANN, "Hello")
    [contact_id] = (await organisation.contact_ids([ANN])).values()
    await live_event.past(ANN, "delivered", contact_id=contact_id)
    [before] = await organisation.conversations()
    assert await live_event.delete_texts() == (1, False)
    [after] = await organisation.conversations()
    assert (after.last_message, after.last_message_at) == ("Hello", before.last_message_at)
    assert (after.unread_count, after.message_count) == (before.unread_count, 1)


async def _note(event: Event, message_id: str) -> None:
    await event.execute(
        "INSERT INTO delivery_events (org_id, message_id, event_type, payload)"
        " VALUES (:org_id, :id, 'delivered', '{}')",
        id=message_id,
    )
