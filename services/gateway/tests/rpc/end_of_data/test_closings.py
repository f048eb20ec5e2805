"""An organisation is closed, can be reopened for some weeks, and is then deleted."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from servicekit.db.database import Database
from servicekit.modes import both_of
from servicekit.web.loop_thread import LoopThread
from services.gateway.storage.org_tables import RECEIPTS, TABLES
from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    fields_at_fault,
    invite,
    join,
    problem,
    sign_up,
)
from services.gateway.tests.rpc.end_of_data.backend import Organisations
from tests.fixtures.running import Simulator
from tests.fixtures.traces import tables_not_deleted, traces_of
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]
_DUE = "UPDATE closings SET delete_at = now(), next_step_at = now() WHERE org_id = :org"


@pytest.fixture
def owner(client: Client) -> Member:
    return sign_up(client, orgName="Acme Ltd")


@pytest.fixture
def operator(client: Client, rows: Rows) -> Member:
    person = sign_up(client)
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=person.id)
    return person


def close(client: Client, member: Member, name: str = "Acme Ltd") -> httpx.Response:
    return client.post("/api/org/close", json={"name": name}, headers=member.headers)


def again(client: Client, member: Member) -> Member:
    """Sign in again as a member."""
    given = {"email": member.email, "password": PASSWORD}
    answer = client.post("/api/auth/login", json=given)
    assert answer.status_code == 200, answer.text
    return Member(answer.json())


def closing_of(client: Client, operator: Member, member: Member) -> dict[str, Any]:
    """Return the newest closing of the member's organisation, as operators see it."""
    found = client.get("/api/admin/closings?limit=200", headers=operator.headers).json()["items"]
    newest: dict[str, Any] = next(each for each in found if each["orgId"] == member.org_id)
    return newest


def test_closing_ends_all_access_at_once_and_stops_the_sending(
    client: Client,
    owner: Member,
    simulator: Simulator,
    organisations: Organisations,
) -> None:
    colleague = join(client, simulator, owner)
    wish = {"name": "k", "scopes": ["read"]}
    key = client.post("/api/api-keys", json=wish, headers=owner.headers).json()["key"]
    invite(client, owner)
    closed = close(client, owner)
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    for headers in (owner.headers, colleague.headers, {"X-API-Key": key}):
        assert client.get("/api/me", headers=headers).status_code == 401
    wait_until_sync(lambda: owner.org_id in organisations.suspended, timeout=60)
    wait_until_sync(lambda: {UUID(owner.id), UUID(colleague.id)} <= {*organisations.cards}, 60)
    back = again(client, owner)
    assert client.get("/api/me", headers=back.headers).status_code == 200
    problem(client.get("/api/org", headers=back.headers), 403, "organisation_closed")
    problem(client.get("/api/contacts", headers=back.headers), 403, "organisation_closed")
    shown = client.get("/api/org/closing", headers=back.headers).json()
    assert (shown["orgName"], shown["closedBy"]) == ("Acme Ltd", owner.id)


def test_an_owner_reopens_the_organisation_and_it_can_send_again(
    client: Client, owner: Member, organisations: Organisations
) -> None:
    close(client, owner)
    wait_until_sync(lambda: owner.org_id in organisations.suspended, timeout=60)
    back = again(client, owner)
    opened = client.post("/api/org/reopen", json={}, headers=back.headers)
    assert opened.json()["status"] == "reopened"
    assert client.get("/api/org", headers=back.headers).status_code == 200
    wait_until_sync(lambda: owner.org_id not in organisations.suspended, timeout=60)
    problem(client.get("/api/org/closing", headers=back.headers), 404, "closing_not_found")
    problem(client.post("/api/org/reopen", json={}, headers=back.headers), 404, "closing_not_found")


def test_an_organisation_that_an_operator_had_suspended_stays_so_when_it_is_reopened(
    client: Client, owner: Member, organisations: Organisations, rows: Rows
) -> None:
    organisations.suspended.add(owner.org_id)
    close(client, owner)
    done = "SELECT FROM closings WHERE org_id = :org AND {} IS NOT NULL"
    wait_until_sync(lambda: bool(rows(done.format("suspended_at"), org=owner.org_id)), timeout=60)
    client.post("/api/org/reopen", json={}, headers=again(client, owner).headers)
    wait_until_sync(lambda: bool(rows(done.format("resumed_at"), org=owner.org_id)), timeout=60)
    assert owner.org_id in organisations.suspended


def test_after_the_grace_everything_is_deleted_and_the_receipt_stays(
    client: Client,
    owner: Member,
    operator: Member,
    organisations: Organisations,
    rows: Rows,
    loop: LoopThread,
    database: Database,
) -> None:
    invite(client, owner)
    close(client, owner)
    wait_until_sync(lambda: owner.org_id in organisations.suspended, timeout=60)
    organisations.is_away = True
    rows(_DUE, org=owner.org_id)
    wait_until_sync(lambda: closing_of(client, operator, owner)["status"] == "deleted", timeout=60)
    receipt = closing_of(client, operator, owner)
    assert receipt["counts"]["rows"] == 20
    assert (receipt["counts"]["users"], receipt["counts"]["invitations"]) == (1, 1)
    for each in both_of(UUID(owner.org_id)):
        assert organisations.deleted[each] == ["", "second"] * 5
    left = loop.run(traces_of(database, owner.org_id, owner.email))
    assert left - {"closings", "audit_logs"} == set()
    [entry] = rows("SELECT action FROM audit_logs WHERE org_id = :org", org=owner.org_id)
    assert entry["action"] == "organisation_deleted"
    assert sign_up(client, email=owner.email).org_id != owner.org_id


def test_it_is_too_late_to_reopen_once_the_deletion_can_begin(
    client: Client, owner: Member, rows: Rows
) -> None:
    close(client, owner)
    back = again(client, owner)
    rows(
        "UPDATE closings SET delete_at = now(), next_step_at = now() + interval '1 hour'"
        " WHERE org_id = :org",
        org=owner.org_id,
    )
    problem(
        client.post("/api/org/reopen", json={}, headers=back.headers), 409, "deletion_has_begun"
    )


def test_only_an_owner_who_names_the_organisation_can_close_it(
    client: Client, owner: Member, simulator: Simulator, operator: Member
) -> None:
    assert fields_at_fault(close(client, owner, "acme")) == ["name"]
    problem(close(client, join(client, simulator, owner, "admin")), 403, "forbidden")
    assert close(client, Member({**owner.session, "accessToken": "x"})).status_code == 401
    own = client.get("/api/org", headers=operator.headers).json()["name"]
    problem(close(client, operator, own), 409, "operator_in_organisation")
    assert client.get("/api/org", headers=owner.headers).status_code == 200


def test_operators_close_and_reopen_any_organisation(
    client: Client, owner: Member, operator: Member
) -> None:
    path, why = f"/api/admin/organisations/{owner.org_id}", {"reason": "They asked by phone"}
    problem(client.post(f"{path}/close", json=why, headers=owner.headers), 403, "forbidden")
    first = client.post(f"{path}/close", json=why, headers=operator.headers).json()
    again_closed = client.post(f"{path}/close", json=why, headers=operator.headers).json()
    assert (first["id"], first["closedBy"]) == (again_closed["id"], operator.id)
    assert closing_of(client, operator, owner)["reason"] == "They asked by phone"
    opened = client.post(f"{path}/reopen", json=why, headers=operator.headers).json()
    assert opened["status"] == "reopened"
    nobody = "/api/admin/organisations/0190e2a0-0000-7000-8000-00000000000a"
    gone = client.post(f"{nobody}/close", json=why, headers=operator.headers)
    problem(gone, 404, "organisation_not_found")
    gone = client.post(f"{nobody}/reopen", json=why, headers=operator.headers)
    problem(gone, 404, "closing_not_found")


def test_no_table_is_left_out_of_the_deletion(loop: LoopThread, database: Database) -> None:
    assert loop.run(tables_not_deleted(database, TABLES, *RECEIPTS)) == set()
