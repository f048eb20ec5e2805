"""A person is erased from events and campaigns, and a closed organisation is deleted."""

from servicekit.db.database import Database
from servicekit.db.org_rows import DeleteOrgRows
from servicekit.ids import new_id
from servicekit.removals import Person as ErasedPerson
from services.campaigns.common.storage.org_tables import TABLES
from services.campaigns.events.storage.tables import event_attendees
from services.campaigns.events.usecases.erase_person import ErasePerson
from services.campaigns.tests.builders import a_campaign
from services.campaigns.tests.event_rows import (
    an_attendee,
    an_event,
    an_event_message,
    an_event_with_everything,
    rows_of,
)
from tests.fixtures.running import Person
from tests.fixtures.traces import tables_not_deleted, traces_of

NUMBER = "+14155550101"


async def test_an_erased_person_attends_no_event(database: Database) -> None:
    person, contact_id = Person(), new_id()
    event_id = await an_event(database, person)
    own = {"contact_id": contact_id, "phone": NUMBER, "first_name": "Wilhelmine"}
    await an_attendee(database, person, event_id, **own)
    other = await an_attendee(database, person, event_id, first_name="Ann")
    erase = ErasePerson(database)
    removed = await erase.erase(person.org_id, ErasedPerson([NUMBER], [contact_id]), "")
    assert (removed.done, removed.counts["attendees"]) == (True, 1)
    assert await traces_of(database, "Wilhelmine", NUMBER, str(contact_id)) == set()
    [left] = await rows_of(database, event_attendees, event_id=event_id)
    assert left.id == other


async def test_a_closed_organisation_leaves_no_row(database: Database) -> None:
    closed, other = Person(), Person()
    for person in (closed, other):
        event_id = await an_event_with_everything(database, person)
        await an_event_message(database, person, event_id)
        first = await a_campaign(database, person)
        again = await a_campaign(database, person, "failed", retry_of=first, retry_root=first)
        await a_campaign(database, person, retry_of=again, retry_root=first)
    delete, counts, cursor, done = DeleteOrgRows(database, TABLES), dict[str, int](), "", False
    while not done:
        removed = await delete.delete(closed.org_id, cursor)
        counts |= removed.counts
        done, cursor = removed.done, removed.cursor
    assert (counts["events"], counts["sms_campaigns"], counts["event_matches"]) == (1, 4, 1)
    assert await traces_of(database, str(closed.org_id)) == set()
    assert len(await rows_of(database, event_attendees, org_id=other.org_id)) == 2


async def test_no_table_is_left_out_of_the_deletion(database: Database) -> None:
    assert await tables_not_deleted(database, TABLES) == set()
