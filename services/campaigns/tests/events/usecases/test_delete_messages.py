"""Messages of events that ended more than 90 days ago are deleted; the ledger stays."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from services.campaigns.events.providers.attendee_messages import AttendeeMessages
from services.campaigns.events.usecases.delete_messages import DeleteMessages
from services.campaigns.tests.organisation import Neighbours, Organisation, phone
from services.campaigns.tests.organizer import Organizer
from services.campaigns.tests.outcomes import fate
from tests.fixtures.running import Running

pytestmark = pytest.mark.usefixtures("sender")

LONG_AGO = timedelta(days=91)


@pytest.fixture
def texts(messaging: Running) -> AttendeeMessages:
    return AttendeeMessages(messaging.caller("campaigns"), messaging.channel)


async def end(database: Database, event_id: str, ago: timedelta) -> None:
    """Move the end of an event into the past."""
    query = text("UPDATE events SET date = :at, ends_at = NULL WHERE id = :id")
    async with database.system() as connection:
        await connection.execute(query, {"id": UUID(event_id), "at": datetime.now(UTC) - ago})


async def test_messages_of_old_events_are_deleted(
    organizer: Organizer,
    organisation: Organisation,
    neighbours: Neighbours,
    database: Database,
    texts: AttendeeMessages,
) -> None:
    old, recent = await organizer.event(), await organizer.event()
    for event in (old, recent):
        attendee = await organizer.attendee(event.id, 1)
        sent = await organizer.notified(event.id, message="x")
        await fate(neighbours, sent.id, phone(1), "delivered")
    spent = await organisation.balance()
    await end(database, old.id, LONG_AGO)
    await end(database, recent.id, timedelta(days=89))
    await DeleteMessages(database, texts).delete_all()
    assert (await organizer.summary(old.id)).total == 0
    assert (await organizer.summary(recent.id)).total == 1
    assert (await organizer.history(recent.id, attendee.id)).summary.delivered == 1
    assert await organisation.balance() == spent
    await DeleteMessages(database, texts).delete_all()
    assert (await organizer.summary(recent.id)).total == 1


async def test_messages_without_a_final_result_are_left_for_the_next_run(
    organizer: Organizer, neighbours: Neighbours, database: Database, texts: AttendeeMessages
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    sent = await organizer.notified(event.id)
    await end(database, event.id, LONG_AGO)
    await fate(neighbours, sent.id, phone(1), "unknown")
    await DeleteMessages(database, texts).delete_all()
    assert (await organizer.summary(event.id)).total == 1
    await fate(neighbours, sent.id, phone(1), "delivered")
    await DeleteMessages(database, texts).delete_all()
    assert (await organizer.summary(event.id)).total == 0


async def test_deleted_attendees_are_kept_as_long_as_their_messages(
    organizer: Organizer, neighbours: Neighbours, database: Database, texts: AttendeeMessages
) -> None:
    event = await organizer.event()
    attendee = await organizer.attendee(event.id, 1)
    sent = await organizer.notified(event.id)
    await fate(neighbours, sent.id, phone(1), "delivered")
    await organizer.ask("DeleteAttendee", event_id=event.id, attendee_id=attendee.id)
    await DeleteMessages(database, texts).delete_all()
    assert (await organizer.history(event.id, attendee.id)).summary.total == 1
    await end(database, event.id, LONG_AGO)
    await DeleteMessages(database, texts).delete_all()
    with pytest.raises(NotFound):
        await organizer.history(event.id, attendee.id)


async def test_a_deleted_event_is_removed_after_ninety_days(
    organizer: Organizer, neighbours: Neighbours, database: Database, texts: AttendeeMessages
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    sent = await organizer.notified(event.id)
    await fate(neighbours, sent.id, phone(1), "delivered")
    await organizer.ask("DeleteEvent", event_id=event.id)
    await DeleteMessages(database, texts).delete_all()
    assert await left(database, event.id) == 1
    query = text("UPDATE events SET deleted_at = now() - interval '91 days' WHERE id = :id")
    async with database.system() as connection:
        await connection.execute(query, {"id": UUID(event.id)})
    await DeleteMessages(database, texts).delete_all()
    assert await left(database, event.id) == 0


async def test_an_event_whose_messages_were_deleted_for_their_age_sends_no_new_ones(
    organizer: Organizer, neighbours: Neighbours, database: Database, texts: AttendeeMessages
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    sent = await organizer.notified(event.id)
    await fate(neighbours, sent.id, phone(1), "delivered")
    await end(database, event.id, LONG_AGO)
    await DeleteMessages(database, texts).delete_all()
    with pytest.raises(Conflict) as refused:
        await organizer.notify(event.id)
    assert refused.value.code == "event_over"


async def test_messages_of_an_event_with_a_new_date_are_deleted_after_its_new_end(
    organizer: Organizer, neighbours: Neighbours, database: Database, texts: AttendeeMessages
) -> None:
    event = await organizer.event()
    await organizer.attendee(event.id, 1)
    await end(database, event.id, LONG_AGO)
    await DeleteMessages(database, texts).delete_all()
    await organizer.ask("UpdateEvent", event_id=event.id, date=event.date)
    sent = await organizer.notified(event.id)
    await fate(neighbours, sent.id, phone(1), "delivered")
    await end(database, event.id, LONG_AGO)
    await DeleteMessages(database, texts).delete_all()
    assert (await organizer.summary(event.id)).total == 0


async def left(database: Database, event_id: str) -> int:
    """Return how many rows the event has in the database: one, or none after its deletion."""
    async with database.system() as connection:
        query = text("SELECT count(*) FROM events WHERE id = :id")
        return await connection.scalar(query, {"id": UUID(event_id)}) or 0
