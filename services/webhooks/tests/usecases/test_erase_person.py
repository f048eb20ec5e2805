"""A person is erased from webhooks, dead letters and deliveries; an organisation is deleted."""

from collections.abc import AsyncIterator, Callable, Mapping
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.db.org_rows import DeleteOrgRows
from servicekit.ids import new_id
from servicekit.removals import Person, Removed
from services.webhooks.storage import people
from services.webhooks.storage.org_tables import TABLES
from services.webhooks.usecases.erase_person import ErasePerson
from tests.fixtures.traces import tables_not_deleted, traces_of

NUMBER, OTHER = "+14155550101", "+14155550102"

_WEBHOOK = text("""
INSERT INTO webhook_logs
  (id, source, external_id, org_id, payload, received_at, next_attempt_at, processed_at, success)
VALUES (:id, 'twilio_incoming', :id, :org_id, convert_to(:payload, 'UTF8'), now(), now(),
  CASE WHEN :handled THEN now() END, CASE WHEN :handled THEN true END)
""")
_EVENT = text("""
INSERT INTO webhook_events (id, org_id, type, occurred_at, payload)
VALUES (:id, :org_id, 'message.received', now(), :payload)
""")
_DELIVERY = text("""
INSERT INTO webhook_deliveries (id, org_id, endpoint_id, event_id, response_body)
VALUES (uuidv7(), :org_id, :endpoint_id, :id, 'Hello Wilhelmine')
""")
_HANDLE = text("UPDATE webhook_logs SET processed_at = now(), success = true WHERE id = :id")


@pytest.fixture(scope="module")
async def database(migrated_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = Database(migrated_database("webhooks"))
    yield database
    await database.close()


class Stored:
    """Stores webhooks and deliveries of an organisation, and erases a person from them."""

    def __init__(self, database: Database) -> None:
        self.database, self.org_id, self.contact_id = database, new_id(), new_id()

    async def webhook(self, number: str, *, handled: bool = True) -> UUID:
        payload = f"From=%2B{number.removeprefix('+')}&Body=Hello"
        return await self._store(_WEBHOOK, payload=payload, handled=handled)

    async def event(self, payload: str) -> UUID:
        event_id = await self._store(_EVENT, payload=payload)
        await self._store(_DELIVERY, event_id, endpoint_id=new_id())
        return event_id

    async def _store(self, statement: object, id_: UUID | None = None, **values: object) -> UUID:
        row_id = id_ or new_id()
        async with self.database.system() as connection:
            given = {"id": row_id, "org_id": self.org_id, **values}
            await connection.execute(statement, given)  # type: ignore[call-overload]
        return row_id

    async def erase(self, cursor: str = "") -> Removed:
        person = Person([NUMBER], [self.contact_id])
        return await ErasePerson(self.database).erase(self.org_id, person, cursor)


async def delete(stored: Stored) -> Mapping[str, int]:
    """Delete the organisation, as the gateway does. Returns how many rows were deleted."""
    counts: Mapping[str, int] = {}
    cursor = ""
    while True:
        removed = await DeleteOrgRows(stored.database, TABLES).delete(stored.org_id, cursor)
        counts = removed.added_to(counts)
        if removed.done:
            return counts
        cursor = removed.cursor


@pytest.fixture
def stored(database: Database) -> Stored:
    return Stored(database)


async def test_webhooks_are_emptied_and_deliveries_deleted(
    stored: Stored, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored.webhook(NUMBER)
    kept = await stored.webhook(OTHER)
    await stored.event(f'{{"from":"{NUMBER}"}}')
    await stored.event(f'{{"contactId":"{stored.contact_id}"}}')
    other = await stored.event('{"from":"+14155550102"}')
    removed = await stored.erase()
    assert removed.done
    assert removed.counts == {"webhooks": 1, "customer_events": 2, "deliveries": 2}
    assert await traces_of(database, NUMBER.removeprefix("+"), str(stored.contact_id)) == set()
    assert await traces_of(database, str(kept)) == {"webhook_logs"}
    assert await traces_of(database, str(other)) == {"webhook_events", "webhook_deliveries"}
    assert (await stored.erase()).counts == {}


async def test_the_erasure_waits_for_a_webhook_that_is_not_handled_yet(
    stored: Stored, database: Database
) -> None:
    webhook_id = await stored.webhook(NUMBER, handled=False)
    removed = await stored.erase()
    assert (removed.done, removed.waiting_for) == (False, "A webhook is not handled yet.")
    async with database.system() as connection:
        await connection.execute(_HANDLE, {"id": webhook_id})
    assert (await stored.erase(removed.cursor)).counts == {"webhooks": 1}


async def test_another_organisations_webhooks_of_the_same_person_stay(
    stored: Stored, database: Database
) -> None:
    theirs = Stored(database)
    await theirs.webhook(NUMBER)
    assert (await stored.erase()).counts == {}
    assert (await theirs.erase()).counts == {"webhooks": 1}


async def test_a_call_that_takes_too_long_tells_where_the_next_one_continues(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored.webhook(NUMBER)
    monkeypatch.setattr("services.webhooks.usecases.erase_person._SECONDS", -1.0)
    first = await stored.erase()
    assert (first.done, first.counts) == (False, {"webhooks": 1})
    place, _, after = first.cursor.partition("/")
    assert place == "0"
    assert UUID(after) > people.FIRST


async def test_a_closed_organisation_leaves_no_row(stored: Stored, database: Database) -> None:
    await stored.webhook(NUMBER)
    await stored.event("{}")
    assert await delete(stored) == {
        "webhook_logs": 1,
        "webhook_events": 1,
        "webhook_deliveries": 1,
    }
    assert await traces_of(database, str(stored.org_id)) == set()


async def test_a_deletion_reads_small_pages_and_leaves_the_rows_of_others(
    stored: Stored, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.db.org_rows._BATCH", 2)
    theirs = Stored(database)
    kept = [str(await each.webhook(OTHER)) for each in (stored, theirs) * 4][1::2]
    assert await delete(stored) == {"webhook_logs": 4}
    assert await traces_of(database, str(stored.org_id)) == set()
    for webhook_id in kept:
        assert await traces_of(database, webhook_id) == {"webhook_logs"}


async def test_no_table_is_left_out_of_the_deletion(database: Database) -> None:
    assert await tables_not_deleted(database, TABLES) == set()
