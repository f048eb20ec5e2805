"""Add attendees from a contact list and from a CSV file."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from google.api import httpbody_pb2

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, Forbidden, InvalidInput, NotFound
from servicekit.ids import new_id
from services.campaigns import app
from services.campaigns.events.storage.tables import event_attendees
from services.campaigns.settings import CampaignsSettings
from services.campaigns.tests.builders import fields_of
from services.campaigns.tests.conftest import Common
from services.campaigns.tests.event_owner import VIEW, EventOwner
from services.campaigns.tests.event_rows import rows_of
from services.contacts.tests.client import Client
from smsblaster.contacts.v1 import lists_pb2
from smsblaster.events.v1 import attendees_pb2
from tests.fixtures.running import Person, Running, listening, running
from tests.fixtures.waiting import wait_until


@pytest.fixture(scope="module")
async def service(database_url: str, common: Common, contacts: Running) -> AsyncIterator[Running]:
    """Run the service without messaging."""
    settings = CampaignsSettings(
        **common(database_url),
        contacts_addr=contacts.address,
        messaging_addr=listening(),
        scheduler=False,
    )
    async with running(app.serve, settings) as found:
        yield found


@pytest.fixture
def host(service: Running) -> EventOwner:
    return EventOwner(service, Person(roles=frozenset({"member"})))


@pytest.fixture
def address_book(contacts: Running, host: EventOwner) -> Client:
    """Return a client of the contacts service for the organisation."""
    return Client(contacts, host.person)


def phone(number: int) -> str:
    return f"+1415{2_000_000 + number:07d}"


async def a_list(address_book: Client, numbers: Sequence[int], name: str = "Attendees") -> str:
    """Create a list of contacts with these phone numbers.

    The name of a new contact is its phone number.
    """
    list_id = await address_book.new_list(name)
    file = "phone,firstName\n" + "".join(f"{phone(n)},Attendee {n}\n" for n in numbers)
    await address_book.import_csv(file, list_id=list_id)
    return list_id


async def add(host: EventOwner, event_id: str, list_id: str) -> tuple[int, int]:
    """Add the members of a list to an event. Return the counts of new and of existing attendees."""
    answer = await host.ask("AddFromList", event_id=event_id, list_id=list_id)
    return answer.created, answer.skipped


async def upload(
    host: EventOwner, event_id: str | None, *pieces: str, **settings: Any
) -> attendees_pb2.ImportAttendeesResponse:
    requests = [attendees_pb2.ImportAttendeesRequest(event_id=event_id, **settings)]
    for piece in pieces:
        file = httpbody_pb2.HttpBody(content_type="text/csv", data=piece.encode())
        requests.append(attendees_pb2.ImportAttendeesRequest(file=file))
    return await host.upload(requests)


async def attendees(database: Database, event_id: str) -> list[tuple[str, str | None, str]]:
    rows = await rows_of(database, event_attendees, event_id=event_id, deleted_at=None)
    return sorted((row.first_name, row.last_name, row.phone) for row in rows)


async def lists(address_book: Client) -> list[lists_pb2.ContactList]:
    request = lists_pb2.ListListsRequest()
    return list((await address_book.call(address_book.lists.ListLists, request)).items)


async def test_members_of_a_list_become_attendees(
    host: EventOwner, address_book: Client, database: Database
) -> None:
    event = await host.create()
    named = await address_book.create(phone(1), first_name="Ada", last_name="Lovelace")
    nameless = await address_book.create(phone(2))
    list_id = await address_book.new_list()
    await address_book.add_members(list_id, [named.id, nameless.id])
    assert await add(host, event.id, list_id) == (2, 0)
    assert await attendees(database, event.id) == [
        ("", None, phone(2)),
        ("Ada", "Lovelace", phone(1)),
    ]
    rows = await rows_of(database, event_attendees, event_id=event.id)
    assert {row.contact_id for row in rows} == {*map(UUID, (named.id, nameless.id))}
    assert {row.rsvp_status for row in rows} == {"pending"}


async def test_existing_attendees_are_skipped(
    host: EventOwner, address_book: Client, database: Database
) -> None:
    event = await host.create()
    first = await a_list(address_book, range(3))
    second = await a_list(address_book, range(1, 6), "More guests")
    assert await add(host, event.id, first) == (3, 0)
    assert await add(host, event.id, first) == (0, 3)
    assert await add(host, event.id, second) == (3, 2)
    [gone, *_] = await rows_of(database, event_attendees, event_id=event.id)
    await host.ask("DeleteAttendee", event_id=event.id, attendee_id=str(gone.id))
    assert await add(host, event.id, first) == (1, 2)
    assert len(await attendees(database, event.id)) == 6


async def test_overlapping_lists_can_be_added_at_once(
    host: EventOwner, address_book: Client, database: Database
) -> None:
    event = await host.create()
    ids = [await a_list(address_book, range(n, n + 300), f"Attendees {n}") for n in (0, 100, 200)]
    outcomes = await asyncio.gather(*(add(host, event.id, list_id) for list_id in ids))
    assert sum(created for created, _ in outcomes) == 500
    assert sum(skipped for _, skipped in outcomes) == 400
    assert len(await attendees(database, event.id)) == 500


async def test_a_list_of_more_than_a_page_is_added_completely(
    host: EventOwner, address_book: Client
) -> None:
    event = await host.create()
    list_id = await a_list(address_book, range(5001))
    assert await add(host, event.id, list_id) == (5001, 0)


async def test_a_list_that_is_unknown_or_of_another_organisation_adds_nobody(
    host: EventOwner, contacts: Running, database: Database
) -> None:
    event = await host.create()
    foreign = await a_list(Client(contacts), range(3))
    with pytest.raises(CrossOrgAccess):
        await add(host, event.id, foreign)
    with pytest.raises(NotFound) as caught:
        await add(host, event.id, str(new_id()))
    assert caught.value.code == "contact_list_not_found"
    assert not await attendees(database, event.id)


async def test_people_in_a_file_become_attendees_and_members_of_a_new_list(
    host: EventOwner, address_book: Client, database: Database
) -> None:
    event = await host.create(name="x" * 100)
    answer = await upload(
        host, event.id, "Number,Given\n+14152000", f"001,Ada\nnonsense,Bob\n{phone(2)},Cid\n",
        mapping={"Number": "phone", "Given": "firstName"},
    )  # fmt: skip
    assert (answer.created, answer.skipped) == (2, 0)
    assert [(error.row, error.field) for error in answer.errors] == [(3, "phone")]
    assert answer.errors[0].message
    assert answer.errors[0].value
    assert await attendees(database, event.id) == [
        ("Ada", None, phone(1)),
        ("Cid", None, phone(2)),
    ]
    [found] = await lists(address_book)
    assert (found.id, found.member_count) == (answer.list_id, 2)
    assert found.name.startswith("xxx")
    assert " attendees 20" in found.name


async def test_a_file_can_be_imported_again_and_with_another_country(
    host: EventOwner, address_book: Client, database: Database
) -> None:
    event = await host.create(name="No Edges")
    file = "phone\n030 901820\n"
    answer = await upload(host, event.id, file, default_country="DE")
    assert (answer.created, answer.skipped) == (1, 0)
    answer = await upload(host, event.id, file, default_country="DE")
    assert (answer.created, answer.skipped) == (0, 1)
    assert await attendees(database, event.id) == [("", None, "+4930901820")]
    names = [each.name for each in await lists(address_book)]
    assert len(names) == 2
    assert all(name.startswith("No Edges attendees 20") for name in names)


@pytest.mark.parametrize(
    ("pieces", "settings", "field"),
    [
        ([], {}, "file"),
        ([""], {}, "file"),
        (["phone\n"], {"mapping": {"Number": "phone"}}, "mapping.Number"),
        (["first\nAda\n"], {"mapping": {"first": "firstName"}}, "mapping"),
        (["phone\n"], {"mapping": {"phone": "shoes"}}, "mapping.phone"),
        (["phone\n"], {"default_country": "Germany"}, "defaultCountry"),
    ],
)
async def test_a_file_that_cannot_be_imported_gets_an_error_and_leaves_no_list_behind(
    host: EventOwner,
    address_book: Client,
    pieces: list[str],
    settings: dict[str, Any],
    field: str,
) -> None:
    event = await host.create()
    with pytest.raises(InvalidInput) as caught:
        await upload(host, event.id, *pieces, **settings)
    assert fields_of(caught.value) == [field]
    assert not await lists(address_book)


async def test_no_list_is_left_when_the_client_disconnects(
    host: EventOwner, address_book: Client
) -> None:
    event = await host.create()
    sent = asyncio.Event()

    async def requests() -> AsyncIterator[attendees_pb2.ImportAttendeesRequest]:
        yield attendees_pb2.ImportAttendeesRequest(event_id=event.id)
        for number in range(20):
            data = f"phone,firstName\n{phone(number)},Ada\n".encode()
            yield attendees_pb2.ImportAttendeesRequest(file=httpbody_pb2.HttpBody(data=data))
        sent.set()
        await asyncio.Event().wait()

    async def has_lists(wanted: bool) -> bool:
        return bool(await lists(address_book)) == wanted

    call = host.start_upload(requests())
    await sent.wait()
    await wait_until(lambda: has_lists(True))
    call.cancel()
    await wait_until(lambda: has_lists(False))


async def test_attendees_can_be_imported_only_into_an_existing_event(
    host: EventOwner, address_book: Client
) -> None:
    for event_id, field in ((None, "eventId"), ("nonsense", "eventId")):
        with pytest.raises(InvalidInput) as caught:
            await upload(host, event_id, "phone\n")
        assert fields_of(caught.value) == [field]
    with pytest.raises(InvalidInput):
        await host.upload([])
    with pytest.raises(NotFound):
        await upload(host, str(new_id()), "phone\n")
    assert not await lists(address_book)


async def test_adding_many_attendees_requires_the_curate_permission(
    host: EventOwner, address_book: Client, database: Database, service: Running
) -> None:
    event, viewer = await host.create(), host.colleague()
    user_id = str(viewer.person.user_id)
    await host.ask("SetOrganizer", event_id=event.id, user_id=user_id, permission=VIEW)
    list_id = await a_list(address_book, range(3))
    for other, error in ((viewer, Forbidden), (EventOwner(service, Person()), CrossOrgAccess)):
        with pytest.raises(error):
            await add(other, event.id, list_id)
        with pytest.raises(error):
            await upload(other, event.id, f"phone\n{phone(9)}\n" * 10_000)
    assert not await attendees(database, event.id)


@pytest.mark.parametrize("mapping", [None, {"Mobile": "phone", "Left": "optedOut"}])
async def test_the_import_of_attendees_applies_the_opt_outs_in_the_file(
    host: EventOwner, address_book: Client, mapping: dict[str, str] | None
) -> None:
    event_id = (await host.create()).id
    heading = "Left" if mapping else "Opt Out"
    file = f"Mobile,{heading}\n{phone(61)},yes\n{phone(62)},no\n"
    answer = await upload(host, event_id, file, **({"mapping": mapping} if mapping else {}))
    assert (answer.created, answer.opted_out) == (2, 1)
    assert await address_book.opted_out([phone(61), phone(62)]) == {phone(61)}
