"""People are found by names in every script."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

from servicekit.db.database import Database
from services.contacts.app import run_job
from services.contacts.settings import ContactsSettings
from services.contacts.storage.tables import contact_search
from services.contacts.tests.client import Client, phone
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

NAMES = Path(__file__).parents[1] / "files" / "30-names-to-find.csv"


@pytest.fixture(scope="module")
async def client(contacts: Running) -> Client:
    """Return a client whose organisation has the people of the file."""
    client = Client(contacts)
    assert (await client.import_csv(NAMES.read_bytes())).created == 13
    return client


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("lukasz", 160),
        ("\u0142ukasz", 160),
        ("ZAK", 160),
        ("nguyen dang", 161),
        ("soren", 162),
        ("aero", 162),
        ("weiss", 163),
        ("wei\u00df", 163),
        ("\u0627\u062d\u0645\u062f", 164),
        ("\u0645\u062d\u0645\u062f", 164),
        ("\u0627\u062f\u0645", 165),
        ("\u7530\u4e2d", 166),
        ("\u592a\u90ce", 166),
        ("\u7530\u4e2d\u592a\u90ce", 166),
        ("\u592a\u90ce\u7530\u4e2d", 166),
        ("\u5c0f\u660e", 167),
        ("\u660e", 167),
        ("obrien", None),
        ("o'brien", 168),
        ("o\u2019brien", 168),
        ("isik", 170),
        ("ayse", 170),
        ("\u0435\u043b\u043a\u0438\u043d", 171),
        ("flora", 172),
        ("\u5c0f\u660e\u738b\u738b", None),
    ],
)
async def test_names_of_every_script_are_found_as_typed(
    client: Client, typed: str, number: int | None
) -> None:
    expected = {f"+14155550{number}"} if number else set()
    assert await client.found(search=typed) == expected


async def test_contacts_are_found_before_and_after_their_search_words_are_updated(
    contacts: Running, database: Database, settings: ContactsSettings
) -> None:
    client = Client(contacts)
    made = await client.create(phone(1), first_name="\u0141ukasz")
    org_id = client.person.org_id
    before = text(
        "UPDATE contact_search SET words_version = 1, words = array_to_tsvector(ARRAY["
        "right(CAST(:org_id AS text), 8) || '0000' || '\u0142ukasz']) WHERE org_id = :org_id"
    )
    async with database.org(org_id) as connection:
        await connection.execute(before, {"org_id": str(org_id)})
    assert await client.found(search="lukasz") == set()
    assert await client.found(search="\u0141ukasz") == {phone(1)}

    async def renewed() -> bool:
        await run_job(settings, "renew-search-words")
        query = select(contact_search.c.words_version).where(
            contact_search.c.contact_id == made.id, contact_search.c.org_id == org_id
        )
        async with database.org(org_id) as connection:
            return bool(await connection.scalar(query) == 3)

    await wait_until(renewed)
    assert await client.found(search="lukasz") == {phone(1)}


@pytest.mark.parametrize(
    ("typed", "first_name"),
    [
        ("\u0639\u0644\u0627\u0621", "\u0639\u0644\u0627"),  # with hamza, stored without
        ("\u0641\u0627\u0637\u0645\u0647", "\u0641\u0627\u0637\u0645\u0629"),  # Fatima
        ("\u0639\u0644\u064a\u0631\u0636\u0627", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"),
        ("danladi", "\u018aanladi"),
        ("hawai'i", "Hawai\u02bbi"),
        ("\u3072\u308d", "\u30d2\u30ed"),  # kana
    ],
)
async def test_names_are_found_without_the_accents_and_vowel_marks_that_people_leave_out(
    contacts: Running, typed: str, first_name: str
) -> None:
    client = Client(contacts)
    await client.create(phone(1), first_name=first_name)
    assert await client.found(search=typed) == {phone(1)}
