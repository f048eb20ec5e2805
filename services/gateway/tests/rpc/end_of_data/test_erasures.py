"""Admins have a person erased, step by step, and see how far it came."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.gateway.tests.members import (
    Client,
    Member,
    fields_at_fault,
    join,
    problem,
    sign_up,
)
from services.gateway.tests.rpc.end_of_data.backend import People
from services.gateway.usecases.erase_people import STEPS
from tests.fixtures.running import Simulator
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]
NUMBER = "+14155550101"


def ask(client: Client, member: Member, phone: str = NUMBER) -> httpx.Response:
    return client.post("/api/erasures", json={"phone": phone}, headers=member.headers)


def get(client: Client, member: Member, erasure_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/erasures/{erasure_id}", headers=member.headers).json()
    return found


def when_done(client: Client, member: Member, erasure_id: str) -> dict[str, Any]:
    wait_until_sync(lambda: get(client, member, erasure_id)["status"] == "done", timeout=60)
    return get(client, member, erasure_id)


def test_a_person_is_erased_in_every_service_and_then_forgotten(
    client: Client, member: Member, people: People, rows: Rows
) -> None:
    asked = ask(client, member)
    assert asked.status_code == 202
    assert asked.headers["Location"] == f"/api/erasures/{asked.json()['id']}"
    done = when_done(client, member, asked.json()["id"])
    assert (done["phone"], done["waitingFor"]) == (None, None)
    assert (done["requestedBy"], done["requestedByName"]) == (member.id, "Ann Lee")
    assert done["counts"] == {"rows": 2 * len(STEPS)}
    assert people.erased[UUID(member.org_id)] == ["", "second"] * len(STEPS)
    [stored] = rows("SELECT * FROM erasures WHERE org_id = :org", org=member.org_id)
    assert (stored["phone"], stored["phones"], stored["contact_ids"]) == (None, [], [])
    entries = rows(
        "SELECT action, meta FROM audit_logs WHERE org_id = :org AND entity_type = 'erasure'"
        " ORDER BY id",
        org=member.org_id,
    )
    assert [each["action"] for each in entries] == ["person_erasure_requested", "person_erased"]
    assert NUMBER not in str(entries)
    listed = client.get("/api/erasures", headers=member.headers).json()
    assert listed["items"] == [done]


def test_an_interrupted_erasure_continues_with_the_step_at_which_it_stopped(
    client: Client, member: Member, people: People, rows: Rows
) -> None:
    people.waits = True
    asked = ask(client, member).json()
    wait_until_sync(lambda: get(client, member, asked["id"])["status"] == "waiting", timeout=60)
    assert get(client, member, asked["id"])["waitingFor"] == "Something is on its way."
    again = ask(client, member).json()
    assert again["id"] == asked["id"]
    people.is_away = True
    rows("UPDATE erasures SET next_step_at = now() WHERE org_id = :org", org=member.org_id)
    when_done(client, member, asked["id"])
    assert people.erased[UUID(member.org_id)] == ["", "second"] * len(STEPS)
    later = ask(client, member).json()
    assert later["id"] != asked["id"]


def test_spaces_and_brackets_in_a_number_are_ignored(client: Client, member: Member) -> None:
    assert ask(client, member, " +1 (415) 555-0101").json()["phone"] == NUMBER


@pytest.mark.parametrize("phone", ["Ann", "4155550101", "+1", ""])
def test_a_number_without_its_country_code_is_refused(
    client: Client, member: Member, phone: str
) -> None:
    assert fields_at_fault(ask(client, member, phone)) == ["phone"]


def test_only_admins_of_the_organisation_see_its_erasures(
    client: Client, member: Member, simulator: Simulator
) -> None:
    erasure_id = ask(client, member).json()["id"]
    path = f"/api/erasures/{erasure_id}"
    assert client.get(path).status_code == 401
    problem(client.get(path, headers=sign_up(client).headers), 403, "cross_org_access")
    problem(
        client.get(f"/api/erasures/{uuid4()}", headers=member.headers), 404, "erasure_not_found"
    )
    plain = join(client, simulator, member)
    problem(ask(client, plain), 403, "forbidden")
    problem(client.get("/api/erasures", headers=plain.headers), 403, "forbidden")


def test_the_list_is_read_page_by_page(client: Client, member: Member) -> None:
    asked = [ask(client, member, f"+1415555010{n}").json()["id"] for n in range(3)]
    first = client.get("/api/erasures?limit=2", headers=member.headers).json()
    cursor = first["nextCursor"]
    second = client.get(f"/api/erasures?limit=2&cursor={cursor}", headers=member.headers).json()
    assert [each["id"] for each in first["items"] + second["items"]] == asked[::-1]
