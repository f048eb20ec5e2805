"""API keys are created, used within their scopes, and revoked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.gateway.tests.members import Client, Member, fields_at_fault, problem, sign_up
from services.gateway.tests.rpc.backends import MISSING_ID

Rows = Callable[..., list[dict[str, object]]]
ALL = ["read", "write", "send"]


def make_key(client: Client, member: Member, **changes: Any) -> dict[str, Any]:
    given = {"name": "ci", "scopes": ALL, **changes}
    answer = client.post("/api/api-keys", json=given, headers=member.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def bearing(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_key_is_shown_once_and_stored_as_a_hash(
    client: Client, member: Member, rows: Rows
) -> None:
    made = make_key(client, member, scopes=["read", "send"])
    assert made["key"].startswith("sk_")
    assert len(made["key"]) > 40
    assert made["key"].startswith(made["apiKey"]["prefix"])
    assert made["apiKey"]["scopes"] == ["read", "send"]
    assert made["apiKey"]["userId"] == member.id
    [listed] = client.get("/api/api-keys", headers=member.headers).json()["items"]
    assert listed == made["apiKey"]
    for query in (
        "SELECT * FROM api_keys WHERE org_id = :org",
        "SELECT * FROM audit_logs WHERE org_id = :org",
        "SELECT * FROM idempotency_keys WHERE org_id = :org",
    ):
        assert made["key"] not in str(rows(query, org=member.org_id))


def test_a_response_with_a_secret_is_not_stored_for_repeated_requests(
    client: Client, member: Member, rows: Rows
) -> None:
    headers = {**member.headers, "Idempotency-Key": "k"}
    given = {"name": "ci", "scopes": ALL}
    assert client.post("/api/api-keys", json=given, headers=headers).status_code == 201
    again = client.post("/api/api-keys", json=given, headers=headers)
    problem(again, 409, "api_key_name_taken")
    assert rows("SELECT * FROM idempotency_keys WHERE org_id = :org", org=member.org_id) == []


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_a_key_acts_for_the_user_who_created_it(
    client: Client, member: Member, rows: Rows, header: str
) -> None:
    secret = make_key(client, member)["key"]
    value = f"Bearer {secret}" if header == "Authorization" else secret
    answer = client.get(f"/api/contacts/{member.id}", headers={header: value})
    assert answer.json()["firstName"] == member.id
    assert answer.json()["tags"] == ["owner"]
    [kept] = rows("SELECT * FROM api_keys WHERE org_id = :org", org=member.org_id)
    assert kept["last_used_at"] is not None


def test_an_api_key_of_an_operator_cannot_use_routes_for_operators(
    client: Client, member: Member, rows: Rows
) -> None:
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=member.id)
    secret = make_key(client, member)["key"]
    problem(client.get("/api/admin/users", headers=bearing(secret)), 403, "forbidden")


@pytest.mark.parametrize(
    ("scopes", "may_read", "may_write"),
    [(["read"], True, False), (["write"], False, True), (["send"], False, False)],
)
def test_the_scope_read_allows_only_reading_and_write_only_writing(
    client: Client, member: Member, scopes: list[str], may_read: bool, may_write: bool
) -> None:
    headers = bearing(make_key(client, member, scopes=scopes)["key"])
    read = client.get(f"/api/contacts/{member.id}", headers=headers)
    write = client.post("/api/contacts", json={"phone": "+14155550123"}, headers=headers)
    for answer, may in ((read, may_read), (write, may_write)):
        if may:
            assert answer.status_code < 300
        else:
            problem(answer, 403, "api_key_scope")


@pytest.mark.parametrize(
    ("verb", "path", "body", "scope"),
    [
        ("POST", "/api/twilio/numbers/provision", {}, "send"),
        ("PUT", "/api/settings/sending", {}, "admin"),
        ("PUT", "/api/settings/quiet-hours", {}, "admin"),
        ("POST", "/api/twilio/subaccount/rotate-token", {}, "admin"),
    ],
)
def test_spending_and_changing_limits_need_their_own_scopes(
    client: Client, member: Member, verb: str, path: str, body: object, scope: str
) -> None:
    others = [each for each in (*ALL, "admin") if each != scope]
    without = bearing(make_key(client, member, name="without", scopes=others)["key"])
    document = problem(client.request(verb, path, json=body, headers=without), 403, "api_key_scope")
    assert scope in document["detail"]
    given = bearing(make_key(client, member, name="with", scopes=[scope])["key"])
    # The service that implements it is not running here.
    assert client.request(verb, path, json=body, headers=given).status_code in (422, 503)


@pytest.mark.parametrize("scopes", [["write"], ["write", "send"], None])
def test_services_receive_whether_a_caller_may_send(
    client: Client, member: Member, scopes: list[str] | None
) -> None:
    headers = member.headers
    if scopes is not None:
        headers = bearing(make_key(client, member, scopes=scopes)["key"])
    told = client.post("/api/contacts", json={"phone": "+14155550123"}, headers=headers).json()
    assert told["timeZone"] == f"may send: {scopes != ['write']}"


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("POST", "/api/api-keys", {"name": "other", "scopes": ["read"]}),
        ("GET", "/api/api-keys", None),
        ("DELETE", f"/api/api-keys/{MISSING_ID}", None),
        ("POST", "/api/org/invitations", {"email": "a@example.com", "role": "owner"}),
        ("GET", "/api/org/invitations", None),
        ("GET", "/api/org/members", None),
        ("PATCH", "/api/org", {"name": "x"}),
        ("DELETE", f"/api/org/members/{MISSING_ID}", None),
        ("POST", "/api/auth/send-verify", {}),
        ("PATCH", "/api/me", {"name": "x"}),
        ("GET", "/api/audit", None),
    ],
)
def test_an_api_key_cannot_call_routes_that_need_a_signed_in_user(
    client: Client, member: Member, verb: str, path: str, body: object
) -> None:
    headers = bearing(make_key(client, member)["key"])
    answer = client.request(verb, path, json=body, headers=headers)
    problem(answer, 403, "api_key_scope")


def test_a_revoked_key_is_refused_at_once_and_its_name_is_free(
    client: Client, member: Member, rows: Rows
) -> None:
    made = make_key(client, member)
    headers = bearing(made["key"])
    assert client.get("/api/me", headers=headers).status_code == 200
    again = client.post("/api/api-keys", json={"name": "ci", "scopes": ALL}, headers=member.headers)
    problem(again, 409, "api_key_name_taken")
    path = f"/api/api-keys/{made['apiKey']['id']}"
    for _ in range(2):
        assert client.delete(path, headers=member.headers).status_code == 204
    problem(client.get("/api/me", headers=headers), 401, "unauthenticated")
    make_key(client, member)
    listed = client.get("/api/api-keys", headers=member.headers).json()["items"]
    assert [key["revokedAt"] is None for key in listed] == [True, False]
    query = "SELECT action FROM audit_logs WHERE org_id = :org AND entity_type = 'api_key'"
    found = {row["action"] for row in rows(query, org=member.org_id)}
    assert found == {"api_key_created", "api_key_revoked"}


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE users SET status = 'disabled' WHERE id = :id",
        "UPDATE api_keys SET expires_at = now() WHERE user_id = :id",
    ],
)
def test_a_key_is_refused_once_it_expires_or_its_user_is_disabled(
    client: Client, member: Member, rows: Rows, end: str
) -> None:
    in_a_year = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    made = make_key(client, member, expiresAt=in_a_year)
    rows(end, id=member.id)
    problem(client.get("/api/me", headers=bearing(made["key"])), 401, "unauthenticated")


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
@pytest.mark.parametrize("value", ["sk_", "sk_x", "nonsense", "ключ"])
def test_an_unknown_key_is_refused(client: Client, header: str, value: str) -> None:
    given = f"Bearer {value}" if header == "Authorization" else value
    answer = client.get("/api/me", headers={header.encode(): given.encode()})
    problem(answer, 401, "unauthenticated")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes[0]"),
        ({"scopes": ["read", "read"]}, "scopes"),
        ({"name": ""}, "name"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "9999-12-31T23:59:59Z"}, "expiresAt"),
    ],
)
def test_an_invalid_key_request_gets_an_error_for_its_field(
    client: Client, member: Member, changes: dict[str, object], field: str
) -> None:
    given = {"name": "ci", "scopes": ["read"], **changes}
    answer = client.post("/api/api-keys", json=given, headers=member.headers)
    assert field in fields_at_fault(answer)


def test_another_organisations_key_cannot_be_revoked(client: Client, member: Member) -> None:
    other = sign_up(client)
    made = make_key(client, other)
    path = f"/api/api-keys/{made['apiKey']['id']}"
    problem(client.delete(path, headers=member.headers), 403, "cross_org_access")
    assert client.get("/api/me", headers=bearing(made["key"])).status_code == 200
    nowhere = client.delete(f"/api/api-keys/{MISSING_ID}", headers=member.headers)
    problem(nowhere, 404, "api_key_not_found")
