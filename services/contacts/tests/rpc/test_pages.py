"""Pages of many contacts are complete and in order, read by page number and by cursor.

The tests use fourteen thousand contacts, which are more than one part of the search.
"""

import csv
from io import StringIO

import pytest

from servicekit.errors import InvalidInput
from services.contacts.tests.client import Client, phone
from tests.fixtures.running import Running

COUNT = 14_000
MARIAS = range(0, COUNT, 7)


def row(number: int) -> str:
    """Return the CSV row of the ``number``-th contact.

    Every seventh first name is Maria, the first three rows have the tag veteran, and one last name
    in 1,000 is Rare.
    """
    first = "Maria" if number in MARIAS else "Ann"
    last = "Rare" if number % 1000 == 5 else "Lee"
    tags = "vip" if number % 2 else "other"
    return f"{phone(number)},{first},{last},{'veteran' if number < 3 else tags}\n"


@pytest.fixture(scope="module")
async def client(contacts: Running) -> Client:
    client = Client(contacts)
    head = "phone,first name,last name,tags\n"
    for begin in range(0, COUNT, 7000):
        rows = "".join(row(number) for number in range(begin, begin + 7000))
        await client.import_csv(head + rows)
    return client


async def all_by_cursor(client: Client, **filters: str) -> list[str]:
    """Return the ids of all matching contacts, read page by page."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = await client.find(limit=200, cursor=cursor, **filters)
        ids += [contact.id for contact in page.items]
        if not page.HasField("next_cursor"):
            return ids
        assert len(page.items) == 200
        cursor = page.next_cursor


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"search": "maria"}, len(MARIAS)),
        ({"search": "rare"}, 14),
        ({"search": "maria", "tag": "vip"}, 1000),
        ({"tag": "veteran"}, 3),
        ({"search": "ann lee", "tag": "veteran"}, 2),
    ],
)
async def test_cursors_page_through_all_matches_newest_first(
    client: Client, filters: dict[str, str], count: int
) -> None:
    ids = await all_by_cursor(client, **filters)
    assert len(ids) == len(set(ids)) == count
    assert ids == sorted(ids, reverse=True)


async def test_pages_by_number_and_by_cursor_are_the_same(client: Client) -> None:
    by_cursor = await all_by_cursor(client, search="maria")
    pages = [await client.find(page=n, page_size=200, search="maria") for n in (1, 2, 5)]
    for page, start in zip(pages, (0, 200, 800), strict=True):
        assert [contact.id for contact in page.items] == by_cursor[start : start + 200]
    follow = await client.find(page_size=200, search="maria", cursor=pages[1].next_cursor)
    assert follow.items[0].id == by_cursor[400]
    assert (follow.total, follow.total_is_exact) == (1000, False)


async def test_the_total_of_a_page_is_exact_if_it_is_stored_or_at_most_a_thousand(
    client: Client,
) -> None:
    exact = [
        await client.find(),
        await client.find(tag="vip"),
        await client.find(search="rare"),
        await client.find(search="maria", tag="vip"),
    ]
    assert [(page.total, page.total_is_exact) for page in exact] == [
        (COUNT, True),
        (6999, True),
        (14, True),
        (1000, True),
    ]


async def test_search_counts_at_most_a_thousand_matches(client: Client) -> None:
    for word in ("maria", "ann", "+1415"):
        page = await client.find(search=word, page_size=1)
        assert (page.total, page.total_is_exact) == (1000, False)


@pytest.mark.parametrize(
    ("filters", "last", "first_refused"),
    [({}, 50, 51), ({"tag": "vip"}, 50, 51), ({"search": "ann"}, 5, 6)],
)
async def test_a_page_number_that_is_too_high_is_refused(
    client: Client, filters: dict[str, str], last: int, first_refused: int
) -> None:
    assert (await client.find(page=last, page_size=200, **filters)).total
    with pytest.raises(InvalidInput) as refused:
        await client.find(page=first_refused, page_size=200, **filters)
    assert refused.value.fields[0].field == "page"
    assert "nextCursor" in refused.value.message


async def test_an_invalid_cursor_or_a_cursor_with_a_page_number_is_refused(
    client: Client, contacts: Running
) -> None:
    cursor = (await client.find(page_size=1)).next_cursor
    stranger = Client(contacts)
    for caller, request in (
        (client, {"cursor": cursor, "page": 2}),
        (client, {"cursor": "bm9uc2Vuc2U"}),
        (stranger, {"cursor": cursor}),
    ):
        with pytest.raises(InvalidInput) as refused:
            await caller.find(**request)
        assert refused.value.fields[0].field == "cursor"


async def test_an_export_of_a_search_has_all_matches_in_order(
    client: Client,
) -> None:
    header, *rows = list(csv.reader(StringIO(await client.export(search="maria"))))
    assert header[0] == "Phone"
    assert len(rows) == len(MARIAS)
    by_cursor = await all_by_cursor(client, search="maria")
    newest = (await client.find(page_size=1, search="maria")).items[0]
    assert (newest.id, f"'{newest.phone}") == (by_cursor[0], rows[-1][0])


async def test_an_old_contact_is_found_after_an_update_and_after_a_restore(
    client: Client,
) -> None:
    veteran = (await client.find(tag="veteran", page_size=1)).items[0]
    await client.update(veteran.id, first_name="Zoltan")
    assert await client.found(search="zoltan") == {veteran.phone}
    await client.delete(veteran.id)
    assert await client.found(search="zoltan") == set()
    await client.create(veteran.phone, tags=["veteran"])
    assert await client.found(search="zoltan") == {veteran.phone}
    await client.update(veteran.id, first_name=veteran.first_name)
    assert await client.found(search="zoltan") == set()
