"""The gateway adds names to the ids in a response, with one lookup for each kind of object."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.gateway.http.contract import contract_modules
from services.gateway.http.names import name_fields
from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import Client, Member, sign_up
from services.gateway.tests.rpc.named_things import (
    ANNA,
    NAMELESS,
    ContactNames,
    running_named_things,
)
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening


@pytest.fixture(scope="module")
def contact_names() -> ContactNames:
    return ContactNames()


@pytest.fixture(scope="module")
def services_addr(contact_names: ContactNames) -> Iterator[str]:
    with running_named_things(INTERNAL_KEY_TEXT, contact_names) as address:
        yield address


@pytest.fixture(scope="module")
def named(
    settings: GatewaySettings, services_addr: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """Yield a client of a gateway that calls the services of ``named_things``."""
    addresses = dict.fromkeys(("messaging_addr", "contacts_addr", "campaigns_addr"), services_addr)
    changes = {**addresses, "ops_listen": listening()}
    own = settings.model_copy(update=changes)
    folder: Path = tmp_path_factory.mktemp("names")
    with serving(own, folder) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture
def owner(named: Client, contact_names: ContactNames) -> Iterator[Member]:
    contact_names.asked.clear()
    yield sign_up(named, name="Olga Owner")
    contact_names.away = False


def rows(client: Client, member: Member) -> list[tuple[str | None, str | None, str | None]]:
    answer = client.get("/api/history/messages", headers=member.headers)
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert len(items) == 60
    return [(i["contactName"], i["campaignName"], i["userName"]) for i in items[:2]]


def test_names_of_contacts_campaigns_and_users_are_filled_in_with_one_lookup_each(
    named: Client, owner: Member, contact_names: ContactNames
) -> None:
    assert rows(named, owner) == [
        ("Anna Lee", "Spring sale", "Olga Owner"),
        (None, None, None),
    ]
    assert contact_names.asked == [sorted([ANNA, NAMELESS])]


def test_while_the_contacts_or_campaigns_service_is_down_lists_lack_their_names(
    named: Client, owner: Member, contact_names: ContactNames
) -> None:
    contact_names.away = True
    assert rows(named, owner)[0] == (None, "Spring sale", "Olga Owner")


def test_every_field_with_a_name_is_next_to_the_field_with_its_id() -> None:
    fields = [
        field.name
        for module in contract_modules()
        for message in module.DESCRIPTOR.message_types_by_name.values()
        for field in name_fields(message)
    ]
    assert "contact_name" in fields
    assert all(name.endswith("_name") for name in fields)
