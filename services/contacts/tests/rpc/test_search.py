"""Search matches beginnings of words, and beginnings and ends of phone numbers."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from servicekit.errors import InvalidInput
from services.contacts.domain.search import asks_for_words
from services.contacts.tests.client import Client
from tests.fixtures.running import Running

PEOPLE = {
    "+14155550100": {"first_name": "Maria", "last_name": "Lopez-Garcia", "email": "m.lo@acme.com"},
    "+12125550111": {"first_name": "José", "last_name": "O'Brien", "email": "Jo@Mail.Acme.com"},
    "+447911123456": {"first_name": "Marc Antony", "last_name": "ΣΊΣΥΦΟΣ"},
    "+4915112345678": {"email": "maria1984@example.org"},
}
MARIA, JOSE, MARC, NAMELESS = PEOPLE


@pytest.fixture(scope="module")
async def client(contacts: Running) -> Client:
    client = Client(contacts)
    for number, details in PEOPLE.items():
        await client.create(number, **details)
    return client


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mar", {MARIA, MARC, NAMELESS}),
        ("MARIA", {MARIA, NAMELESS}),
        ("maria lop", {MARIA}),
        ("lop maria", {MARIA}),
        ("garcia", {MARIA}),
        ("lopez-garcia", {MARIA}),
        ("antony", {MARC}),
        ("aria", set()),
        ("jose", {JOSE}),
        ("josé", {JOSE}),
        ("o'brien", {JOSE}),
        ("o’brien", {JOSE}),
        ("brien", {JOSE}),
        ("σίσυφος", {MARC}),
        ("maria zzz", set()),
        ("@acme", {MARIA, JOSE}),
        ("acme.com", {MARIA, JOSE}),
        ("mail.acme.com", {JOSE}),
        ("m.lo@acme.com", {MARIA}),
        ("m.lo@ac", {MARIA}),
        ("lo@acme.com", {MARIA}),
        ("maria1984", {NAMELESS}),
        ("+1415", {MARIA}),
        ("+1", {MARIA, JOSE}),
        ("+1 (415) 555", {MARIA}),
        ("1415555", {MARIA}),
        ("415555", {MARIA}),
        ("(415) 555-01", {MARIA}),
        ("0100", {MARIA}),
        ("555-0100", {MARIA}),
        ("14155550100", {MARIA}),
        ("07911 123", {MARC}),
        ("+44 7911", {MARC}),
        ("0044", set()),
        ("00447911", {MARC}),
        ("07911123456", {MARC}),
        ("0006", set()),
        ("0151 1234", {NAMELESS}),
        ("maria 415", {MARIA}),
        ("maria 212", set()),
        ("", set(PEOPLE)),
        ("  ", set(PEOPLE)),
        ("'; DROP TABLE contacts; --", set()),
        ("mar:* | jo", set()),
        ("%", set()),
    ],
)
async def test_a_search_finds_names_and_numbers_as_people_type_them(
    client: Client, text: str, found: set[str]
) -> None:
    assert await client.found(search=text) == found


@pytest.mark.parametrize("signs", ["_", "-", "!", "\\", ".,;", "@", " - ", "\u0301", "(+)"])
async def test_a_search_for_only_punctuation_is_refused(client: Client, signs: str) -> None:
    for attempt in (client.found(search=signs), client.export(search=signs)):
        with pytest.raises(InvalidInput) as refusal:
            await attempt
        assert refusal.value.code == "nothing_to_search_for"
        assert [fault.field for fault in refusal.value.fields] == ["search"]


async def test_a_search_finds_no_contacts_of_other_organisations(contacts: Running) -> None:
    mine, theirs = Client(contacts), Client(contacts)
    await theirs.create("+14155550100", first_name="Maria")
    assert await mine.found(search="maria") == set()


async def test_an_updated_contact_is_found_only_by_its_new_values(contacts: Running) -> None:
    client = Client(contacts)
    made = await client.create("+14155550100", first_name="Maria")
    await client.update(made.id, first_name="Anna", phone="+12125550111")
    assert await client.found(search="maria") == set()
    assert await client.found(search="415555") == set()
    assert await client.found(search="anna") == await client.found(search="212") == {"+12125550111"}


names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"], max_codepoint=0x9FFF),
    min_size=1,
    max_size=30,
).filter(lambda name: any(letter.isalpha() for letter in name))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=names)
@example(name="0\u1680A")
@example(name="A\u2028B")
async def test_a_contact_with_any_name_is_found_by_the_words_of_the_name(
    contacts: Running, name: str
) -> None:
    client = Client(contacts)
    await client.create("+14155550100", first_name=name)
    for word in filter(asks_for_words, (name, *name.split())):
        assert await client.found(search=word) == {"+14155550100"}
