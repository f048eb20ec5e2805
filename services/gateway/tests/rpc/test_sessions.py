"""Users see their sessions, and end them one by one or all at once."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    fields_at_fault,
    join,
    problem,
    refresh,
    sign_up,
)
from tests.fixtures.running import Simulator

Rows = Callable[..., list[dict[str, object]]]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"


def sign_in(client: Client, member: Member, user_agent: str = FIREFOX) -> Member:
    given = {"email": member.email, "password": PASSWORD}
    answer = client.post("/api/auth/login", json=given, headers={"User-Agent": user_agent})
    assert answer.status_code == 200, answer.text
    return Member(answer.json())


def listed(client: Client, member: Member, **query: str) -> list[dict[str, object]]:
    answer = client.get("/api/me/sessions", params=query, headers=member.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


def works(client: Client, member: Member) -> bool:
    return client.get("/api/me", headers=member.headers).status_code == 200


def test_a_user_sees_each_session_with_its_device_and_which_session_is_the_current_one(
    client: Client, member: Member
) -> None:
    browser = sign_in(client, member)
    newest, oldest = listed(client, browser)
    assert (newest["device"], newest["userAgent"]) == ("Firefox on Linux", FIREFOX)
    assert newest["address"] == "127.0.0.1"
    assert (newest["isCurrent"], oldest["isCurrent"]) == (True, False)
    assert str(newest["createdAt"]) <= str(newest["lastUsedAt"]) < str(newest["expiresAt"])
    [for_another] = [item["id"] for item in listed(client, member) if item["isCurrent"]]
    assert for_another == oldest["id"]


def test_a_refresh_updates_the_device_and_the_time_of_a_session(
    client: Client, member: Member
) -> None:
    [before] = listed(client, member)
    body = {"refreshToken": member.session["refreshToken"]}
    client.post("/api/auth/refresh", json=body, headers={"User-Agent": "curl/8.5.0"})
    [after] = listed(client, member)
    assert after["device"] == "curl"
    assert str(after["lastUsedAt"]) > str(before["lastUsedAt"])
    assert after["createdAt"] == before["createdAt"]


def test_the_pages_of_sessions_show_each_session_once(client: Client, member: Member) -> None:
    for _ in range(2):
        sign_in(client, member)
    query = {"limit": "2"}
    first = client.get("/api/me/sessions", params=query, headers=member.headers).json()
    query["cursor"] = first["nextCursor"]
    second = client.get("/api/me/sessions", params=query, headers=member.headers).json()
    assert (len(first["items"]), len(second["items"])) == (2, 1)
    assert second["nextCursor"] is None
    assert len({item["id"] for item in first["items"] + second["items"]}) == 3


@pytest.mark.parametrize(
    "ended",
    [
        "UPDATE sessions SET revoked_at = now() WHERE id = :id",
        "UPDATE refresh_tokens SET expires_at = now() WHERE session_id = :id",
        "UPDATE sessions SET created_at = now() - interval '91 days' WHERE id = :id",
    ],
)
def test_sessions_that_have_ended_are_not_listed(
    client: Client, member: Member, rows: Rows, ended: str
) -> None:
    watcher = sign_in(client, member)
    [former] = [item["id"] for item in listed(client, watcher) if not item["isCurrent"]]
    rows(ended, id=former)
    assert [item["isCurrent"] for item in listed(client, watcher)] == [True]


def test_a_user_ends_one_session(client: Client, member: Member, rows: Rows) -> None:
    phone = sign_in(client, member)
    [session] = [item["id"] for item in listed(client, phone) if item["isCurrent"]]
    for _ in range(2):
        path = f"/api/me/sessions/{session}"
        assert client.delete(path, headers=member.headers).status_code == 204
    assert not works(client, phone)
    assert works(client, member)
    problem(refresh(client, phone.session["refreshToken"]), 401, "bad_refresh_token")
    found = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'session_ended'",
        org=member.org_id,
    )
    assert [entry["entity_id"] for entry in found] == [session]


def test_a_user_ends_all_other_sessions(client: Client, member: Member) -> None:
    others = [sign_in(client, member) for _ in range(2)]
    assert client.delete("/api/me/sessions", headers=member.headers).status_code == 204
    assert [works(client, other) for other in others] == [False, False]
    assert [session["isCurrent"] for session in listed(client, member)] == [True]


def test_nobody_ends_the_sessions_of_other_people(
    client: Client, member: Member, simulator: Simulator
) -> None:
    colleague, stranger = join(client, simulator, member), sign_up(client)
    for owner, status, code in (
        (colleague, 404, "session_not_found"),
        (stranger, 403, "cross_org_access"),
    ):
        [theirs] = listed(client, owner)
        path = f"/api/me/sessions/{theirs['id']}"
        problem(client.delete(path, headers=member.headers), status, code)
        assert works(client, owner)
    unknown = client.delete(f"/api/me/sessions/{uuid4()}", headers=member.headers)
    problem(unknown, 404, "session_not_found")
    assert client.delete("/api/me/sessions", headers=member.headers).status_code == 204
    assert works(client, colleague)


def test_invalid_input_gets_an_error_for_its_field(client: Client, member: Member) -> None:
    answer = client.delete("/api/me/sessions/x", headers=member.headers)
    assert fields_at_fault(answer) == ["id"]
    answer = client.get("/api/me/sessions", params={"limit": "0"}, headers=member.headers)
    assert fields_at_fault(answer) == ["limit"]


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/api/me/sessions"),
        ("DELETE", "/api/me/sessions"),
        ("DELETE", "/api/me/sessions/0190e2a0-0000-7000-8000-000000000001"),
    ],
)
def test_without_a_token_nothing_is_listed_or_ended(client: Client, verb: str, path: str) -> None:
    problem(client.request(verb, path), 401, "unauthenticated")
