"""Attendees and deferred recipients of a merged contact move to the contact that is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from servicekit.contact_merges import ContactMerge
from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.campaigns.storage.tables import campaign_waiting
from services.campaigns.events.storage.tables import event_attendees, events
from services.campaigns.events.usecases.move_merged_contact import MoveMergedContact
from services.campaigns.tests.builders import a_campaign, row_of
from tests.fixtures.running import Person

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
NUMBER, OLD_NUMBER = "+14155550101", "+14155550102"


async def merge(
    database: Database, person: Person, merged: UUID, kept: UUID, hour: int = 0
) -> None:
    at = NOON + timedelta(hours=hour)
    await MoveMergedContact(database).move(ContactMerge(person.org_id, merged, kept, NUMBER, at))


async def an_event(database: Database, person: Person) -> UUID:
    event_id = new_id()
    row = {
        "id": event_id,
        "org_id": person.org_id,
        "created_by": person.user_id,
        "name": "Garden party",
        "time_zone": "UTC",
        "date": NOON,
        "status": "published",
    }
    async with database.org(person.org_id) as connection:
        await connection.execute(insert(events).values(row))
    return event_id


async def invite(
    database: Database, person: Person, event_id: UUID, contact: UUID, rsvp: str = "pending"
) -> UUID:
    row = {
        "id": new_id(),
        "org_id": person.org_id,
        "event_id": event_id,
        "contact_id": contact,
        "phone": OLD_NUMBER,
        "first_name": "Ann",
        "rsvp_status": rsvp,
    }
    async with database.org(person.org_id) as connection:
        await connection.execute(insert(event_attendees).values(row))
    return UUID(str(row["id"]))


async def attendee(database: Database, attendee_id: UUID) -> Any:
    async with database.system() as connection:
        query = select(event_attendees).where(event_attendees.c.id == attendee_id)
        return (await connection.execute(query)).one()


async def test_attendees_of_the_merged_contact_move_to_the_kept_contact(database: Database) -> None:
    person, merged, kept = Person(), new_id(), new_id()
    one = await invite(database, person, await an_event(database, person), merged)
    stranger = Person()
    other = await invite(database, stranger, await an_event(database, stranger), merged)
    await merge(database, person, merged, kept)
    moved = await attendee(database, one)
    assert (moved.contact_id, moved.phone) == (kept, NUMBER)
    assert (await attendee(database, other)).contact_id == merged


async def test_if_both_merged_contacts_attend_an_event_the_kept_attendee_gets_the_answer(
    database: Database,
) -> None:
    person, merged, kept = Person(), new_id(), new_id()
    event_id = await an_event(database, person)
    own = await invite(database, person, event_id, kept)
    double = await invite(database, person, event_id, merged, rsvp="yes")
    await merge(database, person, merged, kept)
    stays = await attendee(database, own)
    assert (stays.rsvp_status, stays.deleted_at) == ("yes", None)
    assert (await attendee(database, double)).deleted_at is not None


async def test_an_answer_of_the_kept_contact_is_not_replaced_in_a_merge(database: Database) -> None:
    person, merged, kept = Person(), new_id(), new_id()
    event_id = await an_event(database, person)
    own = await invite(database, person, event_id, kept, rsvp="no")
    await invite(database, person, event_id, merged, rsvp="yes")
    await merge(database, person, merged, kept)
    assert (await attendee(database, own)).rsvp_status == "no"


async def test_a_chain_of_merges_that_arrives_in_reverse_order_ends_at_the_last_contact(
    database: Database,
) -> None:
    person, first, second, last = Person(), new_id(), new_id(), new_id()
    one = await invite(database, person, await an_event(database, person), first)
    await merge(database, person, second, last, hour=2)
    await merge(database, person, first, second, hour=1)
    assert (await attendee(database, one)).contact_id == last


async def test_in_a_merge_deferred_recipients_move_and_the_planner_loses_its_lease(
    database: Database,
) -> None:
    person, merged, kept = Person(), new_id(), new_id()
    later = datetime.now(UTC) + timedelta(hours=1)
    lease = {"lease_token": new_id(), "lease_until": later, "next_plan_at": later}
    campaign_id = await a_campaign(database, person, "running", **lease)
    row = {"campaign_id": campaign_id, "contact_id": merged, "org_id": person.org_id}
    async with database.org(person.org_id) as connection:
        await connection.execute(insert(campaign_waiting).values(row | {"opens_at": later}))
    await merge(database, person, merged, kept)
    async with database.org(person.org_id) as connection:
        query = select(campaign_waiting.c.contact_id).where(
            campaign_waiting.c.campaign_id == campaign_id
        )
        assert (await connection.scalars(query)).all() == [kept]
    assert (await row_of(database, campaign_id)).lease_token is None
