"""A client of the platform, and a list of people."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from smsblaster import Client
from smsblaster.generated.models.contact_list import ContactList
from tests.stack.surroundings import API_KEY, URL

FILE = """Name,Mobile
Ada,+1 212 630 0001
Grace,+1 212 630 0002
Katherine,+1 646 555 3003
Nobody,12
"""


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    with Client(API_KEY, URL) as client:
        yield client


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of three people, one with a phone that can't be reached, and a bad row."""
    path = tmp_path_factory.mktemp("people") / "people.csv"
    path.write_text(FILE, "utf-8")
    return path


@pytest.fixture(scope="session")
def guests(client: Client, people: Path) -> ContactList:
    """Return a list with the people of the file."""
    guests = client.lists.create(f"Guests {uuid4()}")
    client.contacts.import_csv(
        people, mapping={"Mobile": "phone", "Name": "firstName"}, list_id=guests.id, interval=0.2
    )
    return client.lists.get(guests.id)
