"""Search messages by their words."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from services.messaging.inbox.storage import message_search
from services.messaging.inbox.usecases import search_messages
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import messages_pb2


@pytest.fixture
def inbox(organisation: Organisation) -> Inbox:
    return Inbox(organisation)


@pytest.fixture
def other_inbox(other_organisation: Organisation) -> Inbox:
    return Inbox(other_organisation)


async def test_words_are_found_by_their_beginning_and_the_latest_message_comes_first(
    inbox: Inbox,
) -> None:
    await inbox.text_in(phone(1), "Is there parking?", "Hello", "We PARKED outside")
    await inbox.organisation.send(phone(2), "The park is closed")
    assert await inbox.found("park") == [
        "The park is closed",
        "We PARKED outside",
        "Is there parking?",
    ]
    assert await inbox.found("parking") == ["Is there parking?"]
    assert await inbox.found("arking") == []


async def test_a_message_must_contain_all_search_words_in_any_order(inbox: Inbox) -> None:
    await inbox.text_in(phone(1), "Doors open at seven", "Open seven days", "Seven")
    assert await inbox.found("seven, OPEN!") == ["Open seven days", "Doors open at seven"]


@pytest.mark.parametrize(
    ("body", "q"),
    [
        ("Rendez-vous au café", "cafe"),
        ("Rendez-vous au cafe", "CAFÉ"),
        ("Größe 42", "größe"),
        ("Приходите завтра", "завтра"),
        ("Call +1 415 555 0142", "0142"),
        ("See https://example.com/sale?x=1", "example.com"),
        ("\U0001f389Party\U0001f389", "party"),
        ("It's \"quoted\" & 'odd' \\ %_", "odd quoted"),
        ("\u0130stanbul", "istanbul"),
        ("Witaj \u0141ukasz", "lukasz"),
        ("Witaj \u0141ukasz", "\u0142ukasz"),
        ("Gru\u00df aus Wei\u00dfenfels", "weissenfels"),
        ("\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f", "\u0645\u062d\u0645\u062f"),
        ("\u60a8\u7684\u9884\u7ea6\u5728\u660e\u5929", "\u9884\u7ea6"),
        ("\u60a8\u7684\u9884\u7ea6\u5728\u660e\u5929", "\u9884\u7ea6\u5728\u660e\u5929"),
        ("\u3054\u4e88\u7d04\u306f\u660e\u65e5\u3067\u3059", "\u660e\u65e5"),
    ],
)
async def test_a_search_ignores_accents_case_and_punctuation(
    inbox: Inbox, body: str, q: str
) -> None:
    await inbox.text_in(phone(1), body)
    assert await inbox.found(q) == [body]


async def test_results_have_a_snippet_with_highlights(inbox: Inbox) -> None:
    await inbox.text_in(phone(1), "Is parking free? I park <b>often</b>.")
    [hit] = (await inbox.search("park")).items
    assert hit.snippet == "Is parking free? I park <b>often</b>."
    shown = [hit.snippet[h.start : h.start + h.length] for h in hit.highlights]
    assert shown == ["parking", "park"]
    assert hit.message.from_number == phone(1)


async def test_results_can_be_filtered_by_contact_direction_and_time(inbox: Inbox) -> None:
    before = datetime.now(UTC)
    contact = await inbox.text_in(phone(1), "One sale")
    await inbox.text_in(phone(2), "Two sale")
    between = datetime.now(UTC)
    sent = await inbox.organisation.send(phone(1), "Three sale")
    assert await inbox.found("sale", contact_id=contact) == ["Three sale", "One sale"]
    assert await inbox.found("sale", direction=messages_pb2.MESSAGE_DIRECTION_IN) == [
        "Two sale",
        "One sale",
    ]
    outgoing = messages_pb2.MESSAGE_DIRECTION_OUT
    assert await inbox.found("sale", direction=outgoing) == ["Three sale"]
    assert await inbox.found("sale", contact_id=contact, direction=outgoing) == ["Three sale"]
    assert await inbox.found("sale", since=between) == ["Three sale"]
    assert await inbox.found("sale", until=between) == ["Two sale", "One sale"]
    assert await inbox.found("sale", since=before, until=between) == ["Two sale", "One sale"]
    assert await inbox.found("sale", until=before - timedelta(hours=1)) == []
    assert len(await inbox.found("sale", since=datetime(1, 1, 1, tzinfo=UTC))) == 3
    assert await inbox.found("sale", until=datetime(1, 1, 1, tzinfo=UTC)) == []
    assert sent.body == "Three sale"


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_search_pages_have_no_gaps_and_no_repeats(inbox: Inbox, limit: int) -> None:
    await inbox.text_in(phone(1), *(f"Number {n} sale" for n in range(5)))
    found, cursor = [], None
    while True:
        page = await inbox.search("sale", limit=limit, cursor=cursor)
        found += [hit.message.body for hit in page.items]
        if not page.HasField("next_cursor"):
            break
        cursor = page.next_cursor
    assert found == [f"Number {n} sale" for n in (4, 3, 2, 1, 0)]
    assert not page.HasField("searched_until")


@pytest.mark.parametrize("collects", [True, False])
async def test_search_pages_have_every_match_even_if_a_page_ends_before_all_is_searched(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, collects: bool
) -> None:
    """The index finds the matches, or, if there are too many, messages are scanned in pieces."""
    monkeypatch.setattr(search_messages, "_SHORT_SCAN", 3)
    monkeypatch.setattr(search_messages, "_LONG_SCAN", 2)
    if not collects:
        monkeypatch.setattr(message_search, "by_index", _too_many)
    await inbox.text_in(phone(1), "Sale 1", *("Nothing",) * 4, "Sale 2", "Nothing", "Sale 3")
    found, cursor, stops = [], None, 0
    while True:
        page = await inbox.search("sale", limit=2, cursor=cursor)
        found += [hit.message.body for hit in page.items]
        stops += page.HasField("searched_until")
        if not page.HasField("next_cursor"):
            break
        cursor = page.next_cursor
    assert found == ["Sale 3", "Sale 2", "Sale 1"]
    assert bool(stops) is not collects


async def _too_many(*_: object) -> None:
    return None


async def test_another_organisations_messages_are_not_found(
    inbox: Inbox, other_inbox: Inbox
) -> None:
    theirs = await other_inbox.text_in(phone(1), "Secret sale")
    assert await inbox.found("secret") == []
    with pytest.raises(CrossOrgAccess):
        await inbox.search("secret", contact_id=theirs)
    with pytest.raises(NotFound) as absence:
        await inbox.search("secret", contact_id=str(uuid4()))
    assert absence.value.code == "contact_not_found"
    await other_inbox.text_in(phone(1), "Another secret")
    cursor = (await other_inbox.search("secret", limit=1)).next_cursor
    with pytest.raises(InvalidInput) as refusal:
        await inbox.search("secret", cursor=cursor)
    assert [f.field for f in refusal.value.fields] == ["cursor"]


@pytest.mark.parametrize("q", ["!?", "...", "\U0001f600"])
async def test_a_search_without_letters_or_digits_is_refused(inbox: Inbox, q: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await inbox.search(q)
    assert refusal.value.code == "nothing_to_search_for"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"q": ""}, "search"),
        ({"q": "a" * 201}, "search"),
        ({"q": "a", "limit": 101}, "limit"),
        ({"q": "a", "limit": 0}, "limit"),
        ({"q": "a", "cursor": "forged"}, "cursor"),
        ({"q": "a", "contact_id": "x"}, "contactId"),
    ],
)
async def test_the_error_for_invalid_input_names_its_field(
    inbox: Inbox, wanted: dict[str, str | int], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await inbox.search(**wanted)  # type: ignore[arg-type]  # any value is tried
    assert {f.field for f in refusal.value.fields} == {field}


async def test_a_message_that_is_one_very_long_word_is_stored_and_found(inbox: Inbox) -> None:
    await inbox.text_in(phone(1), "é" * 1600, "a" * 1600, "\ufdfa" * 1600, "é " + "b" * 99)
    assert await inbox.found("é" * 60) == ["é" * 1600]
    assert await inbox.found("a" * 60) == ["a" * 1600]
    assert await inbox.found("b" * 60) == ["é " + "b" * 99]


async def test_a_deleted_message_cannot_be_found(inbox: Inbox) -> None:
    organisation = inbox.organisation
    await inbox.text_in(phone(1), "Forget me")
    async with organisation.database.org(organisation.org_id) as connection:
        await connection.exec_driver_sql("DELETE FROM sms_messages")
        [left] = (await connection.exec_driver_sql("SELECT count(*) FROM message_search")).one()
    assert left == 0
