"""Operators list and revoke API keys of any organisation, and see the platform's own keys."""

from collections.abc import Callable
from typing import Any

import pytest

from services.gateway.tests.members import Client, Member, fields_at_fault, problem, sign_up
from services.gateway.tests.rpc.backends import MISSING_ID

Rows = Callable[..., list[dict[str, object]]]


@pytest.fixture
def operator(client: Client, rows: Rows) -> Member:
    person = sign_up(client)
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=person.id)
    return person


def make_key(client: Client, member: Member, name: str = "ci") -> dict[str, Any]:
    given = {"name": name, "scopes": ["read"]}
    answer = client.post("/api/api-keys", json=given, headers=member.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def path_of(member: Member) -> str:
    return f"/api/admin/organisations/{member.org_id}/api-keys"


def test_an_operator_lists_the_keys_of_one_organisation_page_by_page(
    client: Client, operator: Member, member: Member
) -> None:
    made = [make_key(client, member, name) for name in ("first", "second")]
    make_key(client, operator)
    newest = client.get(f"{path_of(member)}?limit=1", headers=operator.headers).json()
    assert newest["items"] == [made[1]["apiKey"]]
    more = {"limit": 1, "cursor": newest["nextCursor"]}
    older = client.get(path_of(member), params=more, headers=operator.headers)
    assert older.json() == {"items": [made[0]["apiKey"]], "nextCursor": None}
    assert made[0]["key"] not in older.text


def test_a_key_that_an_operator_revokes_is_refused_and_the_reason_is_audited(
    client: Client, operator: Member, member: Member, rows: Rows
) -> None:
    made = make_key(client, member)
    path = f"{path_of(member)}/{made['apiKey']['id']}/revoke"
    why = {"reason": "Found in a public repository"}
    revoked = client.post(path, json=why, headers=operator.headers).json()
    assert revoked["id"] == made["apiKey"]["id"]
    assert revoked["revokedAt"] is not None
    bearing = {"Authorization": f"Bearer {made['key']}"}
    problem(client.get("/api/me", headers=bearing), 401, "unauthenticated")
    query = "SELECT actor_user_id, meta FROM audit_logs WHERE org_id = :org AND action = :action"
    [entry] = rows(query, org=member.org_id, action="api_key_revoked")
    assert (str(entry["actor_user_id"]), entry["meta"]) == (operator.id, why)


def test_a_key_is_not_revoked_without_a_reason_or_under_another_organisation(
    client: Client, operator: Member, member: Member
) -> None:
    made = make_key(client, member)
    key_id, why = made["apiKey"]["id"], {"reason": "Leaked"}
    blank = client.post(
        f"{path_of(member)}/{key_id}/revoke", json={"reason": " "}, headers=operator.headers
    )
    assert fields_at_fault(blank) == ["reason"]
    for path in (f"{path_of(operator)}/{key_id}", f"{path_of(member)}/{MISSING_ID}"):
        refused = client.post(f"{path}/revoke", json=why, headers=operator.headers)
        problem(refused, 404, "api_key_not_found")
    bearing = {"Authorization": f"Bearer {made['key']}"}
    assert client.get("/api/me", headers=bearing).status_code == 200


def test_the_platforms_keys_are_listed_by_name_without_the_keys(
    client: Client, operator: Member
) -> None:
    answer = client.get("/api/admin/platform-keys", headers=operator.headers)
    listed = answer.json()["items"]
    assert {key["use"] for key in listed} == {"access_tokens", "stored_secrets"}
    for use in ("access_tokens", "stored_secrets"):
        assert sum(key["isCurrent"] for key in listed if key["use"] == use) == 1
    published = client.get("/.well-known/jwks.json").json()["keys"]
    signing = [key for key in listed if key["use"] == "access_tokens"]
    assert [key["name"] for key in signing] == [key["kid"] for key in published]
    assert all(set(key) == {"name", "use", "isCurrent", "createdAt"} for key in listed)


@pytest.mark.parametrize("path", ["/api/admin/platform-keys", "of the organisation"])
def test_only_operators_see_keys_of_others(client: Client, member: Member, path: str) -> None:
    wanted = path if path.startswith("/") else path_of(member)
    assert client.get(wanted, headers=member.headers).status_code == 403
    assert client.get(wanted).status_code == 401
