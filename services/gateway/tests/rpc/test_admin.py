"""Operators manage the users of all organisations and read the audit log."""

from collections.abc import Callable

import pytest

from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    fields_at_fault,
    problem,
    sign_up,
)

Rows = Callable[..., list[dict[str, object]]]
NOWHERE = "0190e2a0-0000-7000-8000-00000000000a"


@pytest.fixture
def operator(client: Client, rows: Rows) -> Member:
    member = sign_up(client, name="Op Erator")
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=member.id)
    return member


def users(client: Client, operator: Member, query: str) -> list[str]:
    answer = client.get(f"/api/admin/users?{query}", headers=operator.headers)
    assert answer.status_code == 200, answer.text
    return [user["id"] for user in answer.json()["items"]]


def set_status(client: Client, operator: Member, user_id: str, status: str) -> int:
    path = f"/api/admin/users/{user_id}"
    return client.patch(path, json={"status": status}, headers=operator.headers).status_code


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/api/admin/users"),
        ("PATCH", f"/api/admin/users/{NOWHERE}"),
        ("GET", "/api/admin/audit"),
    ],
)
def test_an_owner_who_is_not_an_operator_cannot_use_routes_for_operators(
    client: Client, member: Member, verb: str, path: str
) -> None:
    body = {"status": "active"} if verb == "PATCH" else None
    problem(client.request(verb, path, json=body, headers=member.headers), 403, "forbidden")


def test_users_are_shown_with_organisation_roles_and_status(
    client: Client, operator: Member, member: Member
) -> None:
    answer = client.get(f"/api/admin/users?orgId={member.org_id}", headers=operator.headers)
    [user] = answer.json()["items"]
    assert user.pop("createdAt")
    assert user.pop("lastSignInAt")
    assert user == {
        "id": member.id,
        "email": member.email,
        "name": "Ann Lee",
        "orgId": member.org_id,
        "orgName": "Ann Lee",
        "roles": ["owner"],
        "status": "active",
        "emailVerifiedAt": None,
    }


def test_users_are_found_by_the_start_of_their_email_address_or_name(
    client: Client, operator: Member
) -> None:
    wanted = sign_up(client, name="Zyx_100% Quill")
    assert users(client, operator, f"search={wanted.email[:20].upper()}") == [wanted.id]
    assert users(client, operator, "search=zyx_100%25") == [wanted.id]
    assert users(client, operator, "search=zyx%25q") == []
    for sign in ("_", "-", "!", "%25"):
        assert users(client, operator, f"search={sign}") == []
    blank = client.get("/api/admin/users?search=%20", headers=operator.headers)
    assert fields_at_fault(blank) == ["search"]


def test_users_are_filtered_by_status_and_paged(
    client: Client, operator: Member, member: Member
) -> None:
    set_status(client, operator, member.id, "disabled")
    assert users(client, operator, f"status=disabled&orgId={member.org_id}") == [member.id]
    assert users(client, operator, f"status=active&orgId={member.org_id}") == []
    first = client.get("/api/admin/users?limit=1", headers=operator.headers).json()
    rest = users(client, operator, f"limit=1&cursor={first['nextCursor']}")
    assert len(rest) == 1
    assert rest[0] < first["items"][0]["id"]


def test_a_disabled_user_is_refused_at_once_and_can_sign_in_when_active_again(
    client: Client, operator: Member, member: Member, rows: Rows
) -> None:
    assert client.get("/api/me", headers=member.headers).status_code == 200
    assert set_status(client, operator, member.id, "disabled") == 200
    problem(client.get("/api/me", headers=member.headers), 401, "unauthenticated")
    credentials = {"email": member.email, "password": PASSWORD}
    problem(client.post("/api/auth/login", json=credentials), 403, "account_disabled")
    for _ in range(2):
        assert set_status(client, operator, member.id, "active") == 200
    problem(client.get("/api/me", headers=member.headers), 401, "unauthenticated")
    assert client.post("/api/auth/login", json=credentials).status_code == 200
    entries = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND entity_id = :id ORDER BY id",
        org=member.org_id,
        id=member.id,
    )
    assert [entry["action"] for entry in entries] == [
        "user_disabled",
        "sign_in_failed",
        "user_activated",
        "signed_in",
    ]
    actors = [entry["actor_user_id"] and str(entry["actor_user_id"]) for entry in entries]
    assert actors == [operator.id, None, operator.id, member.id]


def test_operators_cannot_disable_themselves(client: Client, operator: Member) -> None:
    assert set_status(client, operator, operator.id, "disabled") == 409
    assert set_status(client, operator, operator.id, "active") == 200


def test_an_unknown_user_and_an_unknown_status_are_refused(
    client: Client, operator: Member, member: Member
) -> None:
    assert set_status(client, operator, NOWHERE, "disabled") == 404
    path = f"/api/admin/users/{member.id}"
    answer = client.patch(path, json={"status": "gone"}, headers=operator.headers)
    assert fields_at_fault(answer) == ["status"]
    answer = client.get("/api/admin/users?orgId=x", headers=operator.headers)
    assert fields_at_fault(answer) == ["orgId"]


def test_the_audit_log_is_filtered_and_paged(
    client: Client, operator: Member, member: Member
) -> None:
    for name in ("Bob", "Bea"):
        client.patch("/api/me", json={"name": name}, headers=member.headers)

    def found(query: str, path: str = "admin/audit") -> list[str]:
        headers = operator.headers if path == "admin/audit" else member.headers
        answer = client.get(f"/api/{path}?{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        return [entry["action"] for entry in answer.json()["items"]]

    everything = ["profile_updated", "profile_updated", "org_created"]
    assert found(f"orgId={member.org_id}") == everything
    assert found(f"userId={member.id}") == everything
    assert found(f"orgId={member.org_id}&action=org_created") == ["org_created"]
    assert found(f"orgId={member.org_id}&to=2020-01-01T00:00:00Z") == []
    assert found(f"orgId={member.org_id}&from=2020-01-01T00:00:00Z") == everything
    assert found("", "audit") == everything
    assert found(f"action=profile_updated&userId={member.id}", "audit") == everything[:2]
    first = client.get("/api/audit?limit=2", headers=member.headers).json()
    assert [entry["meta"] for entry in first["items"]] == [{"fields": ["name"]}] * 2
    assert found(f"limit=2&cursor={first['nextCursor']}", "audit") == ["org_created"]


def test_operators_see_who_did_what_in_which_organisation(
    client: Client, operator: Member, member: Member
) -> None:
    url = f"/api/admin/audit?orgId={member.org_id}"
    [entry] = client.get(url, headers=operator.headers).json()["items"]
    own = client.get("/api/org", headers=member.headers).json()
    name = client.get("/api/me", headers=member.headers).json()["name"]
    assert (entry["orgName"], entry["actorName"]) == (own["name"], name)


def test_an_organisation_reads_only_its_own_audit_log(client: Client, member: Member) -> None:
    other = sign_up(client)
    theirs = client.get(f"/api/audit?userId={other.id}", headers=member.headers)
    problem(theirs, 403, "cross_org_access")
    nobodys = client.get(f"/api/audit?userId={NOWHERE}", headers=member.headers)
    problem(nobodys, 404, "user_not_found")
    foreign = client.get(f"/api/audit?orgId={other.org_id}", headers=member.headers)
    assert fields_at_fault(foreign) == ["orgId"]
