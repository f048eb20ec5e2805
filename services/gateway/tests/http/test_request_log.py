"""Requests with API keys, and changes by users, are logged without texts, numbers and secrets."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.web.loop_thread import LoopThread
from services.gateway.tests.members import Client, Member, join, problem, sign_up
from services.gateway.tests.rpc.test_api_keys import make_key
from tests.fixtures.running import Simulator
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]
PHONE = "+14155550123"


@pytest.fixture
def key(client: Client, member: Member) -> dict[str, Any]:
    """Return an API key of the member: the key itself, and its description."""
    return make_key(client, member)


@pytest.fixture
def locked_log(loop: LoopThread, database: Database) -> Callable[[], AbstractContextManager[None]]:
    """Return a context manager in which nobody can write the log."""

    async def lock(locked: asyncio.Event, done: asyncio.Event) -> None:
        async with database.system() as connection:
            await connection.execute(text("LOCK TABLE request_log IN ACCESS EXCLUSIVE MODE"))
            locked.set()
            await done.wait()

    @contextmanager
    def locking() -> Iterator[None]:
        locked, done = asyncio.Event(), asyncio.Event()
        work = loop.start(lock(locked, done))
        loop.run(locked.wait())
        yield
        loop.loop.call_soon_threadsafe(done.set)
        work.result(30)

    return locking


def bearing(key: dict[str, Any], **headers: str) -> dict[str, str]:
    return {"X-Api-Key": key["key"], **headers}


def listed(client: Client, member: Member, **filters: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/request-log", params=filters, headers=member.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def logged(client: Client, member: Member, request_id: str) -> dict[str, Any]:
    """Wait until a request is in the log, and return it."""

    def found() -> dict[str, Any] | None:
        answer = client.get(f"/api/request-log/{request_id}", headers=member.headers)
        return answer.json() if answer.status_code == 200 else None

    entry = wait_until_sync(found, message="the request is logged")
    assert entry is not None
    return entry


def test_a_request_with_an_api_key_is_logged_with_its_fields_and_its_response(
    client: Client, member: Member, key: dict[str, Any]
) -> None:
    given = {"phone": PHONE, "firstName": "Secretive", "tags": ["one", "two"]}
    answer = client.post(
        "/api/contacts", json=given, headers=bearing(key, **{"Idempotency-Key": "order-7"})
    )
    assert answer.status_code == 201
    entry = logged(client, member, answer.headers["X-Request-Id"])
    expected = {
        "requestId": answer.headers["X-Request-Id"],
        "apiKeyId": key["apiKey"]["id"],
        "apiKeyName": "ci",
        "userId": member.id,
        "userName": "Ann Lee",
        "method": "POST",
        "route": "/api/contacts",
        "path": "/api/contacts",
        "status": 201,
        "code": None,
        "detail": None,
        "faults": [],
        "fields": ["firstName", "phone", "tags[2]"],
        "address": "127.0.0.1",
        "idempotencyKey": "order-7",
        "replayed": False,
        "requestBytes": int(answer.request.headers["Content-Length"]),
        "responseBytes": len(answer.content),
    }
    assert {name: entry[name] for name in expected} == expected
    assert 0 <= entry["durationMs"] < 60_000


def test_a_repeated_response_is_marked(client: Client, member: Member, key: dict[str, Any]) -> None:
    headers = bearing(key, **{"Idempotency-Key": uuid4().hex})
    answers = [
        client.post("/api/contacts", json={"phone": PHONE}, headers=headers) for _ in range(2)
    ]
    entries = [logged(client, member, answer.headers["X-Request-Id"]) for answer in answers]
    assert [entry["replayed"] for entry in entries] == [False, True]


def test_a_refused_request_is_logged_with_the_fields_at_fault(
    client: Client, member: Member, key: dict[str, Any]
) -> None:
    given = {"to": PHONE, "message": "", "variables": {"Ann": 1}}
    answer = client.post("/api/sms/send", json=given, headers=bearing(key))
    entry = logged(client, member, answer.headers["X-Request-Id"])
    assert (entry["status"], entry["code"], entry["detail"]) == (422, "invalid_request", None)
    assert sorted(entry["faults"]) == ["message", "variables.Ann"]
    assert entry["fields"] == []


def test_a_field_name_with_a_nul_character_is_logged_in_escaped_form(
    client: Client, member: Member, key: dict[str, Any]
) -> None:
    answer = client.post("/api/contacts", json={"a\0": 1}, headers=bearing(key))
    entry = logged(client, member, answer.headers["X-Request-Id"])
    assert "a\\u0000" in entry["faults"]


def test_an_idempotency_key_is_logged_only_on_routes_that_use_it(
    client: Client, member: Member, key: dict[str, Any]
) -> None:
    random = str(uuid4())
    kept = {"order-7": "order-7", f"to {PHONE}": "to …", random: random, "x" * 300: None}
    for method, sent in [*(("POST", each) for each in kept), ("GET", "order-7")]:
        headers = bearing(key, **{"Idempotency-Key": sent})
        answer = client.request(method, "/api/contacts", headers=headers)
        entry = logged(client, member, answer.headers["X-Request-Id"])
        assert entry["idempotencyKey"] == (kept[sent] if method == "POST" else None)


def test_a_request_beyond_the_rights_of_a_key_is_logged(client: Client, member: Member) -> None:
    reader = make_key(client, member, scopes=["read"])
    answer = client.post("/api/contacts", json={"phone": PHONE}, headers=bearing(reader))
    entry = logged(client, member, answer.headers["X-Request-Id"])
    assert (entry["status"], entry["code"]) == (403, answer.json()["code"])
    assert entry["detail"] == answer.json()["detail"]


def test_reads_with_an_api_key_are_logged_and_reads_by_a_signed_in_user_are_not(
    client: Client, member: Member, key: dict[str, Any]
) -> None:
    client.get("/api/me", headers={**member.headers, "X-Request-Id": "of-a-session"})
    client.post("/api/stream/tickets", headers={**member.headers, "X-Request-Id": "only-reads"})
    client.patch(
        "/api/me", json={"name": "Anna"}, headers={**member.headers, "X-Request-Id": "a-write"}
    )
    client.get("/api/contacts?search=Secretive", headers=bearing(key, **{"X-Request-Id": "last"}))
    entry = logged(client, member, "last")
    assert (entry["method"], entry["path"], entry["fields"]) == ("GET", "/api/contacts", ["search"])
    assert logged(client, member, "a-write")["apiKeyId"] is None
    assert listed(client, member, requestId="of-a-session") == []
    assert listed(client, member, requestId="only-reads") == []


def test_the_log_contains_no_text_phone_number_name_or_secret(
    client: Client, member: Member, key: dict[str, Any], rows: Rows
) -> None:
    private = ["Secretive", "4155550123", "correct horse", key["key"], "swordfish"]
    client.post(
        "/api/contacts",
        json={"phone": PHONE, "firstName": "Secretive", "custom": {PHONE: "swordfish"}},
        headers=bearing(key),
    )
    client.post(f"/api/sms/send?to={PHONE}", json={"message": "swordfish"}, headers=bearing(key))
    client.get(f"/api/contacts?search={PHONE[1:]}", headers=bearing(key))
    client.get(f"/api/messages/{PHONE[1:]}", headers=bearing(key))
    client.post(
        "/api/me/password",
        json={"currentPassword": "correct horse battery", "newPassword": "swordfish"},
        headers=member.headers,
    )
    client.post("/api/contacts", content=b'{"message": "swordfish', headers=bearing(key))
    last = client.get("/api/me", headers=bearing(key)).headers["X-Request-Id"]
    logged(client, member, last)
    kept = str(rows("SELECT * FROM request_log WHERE org_id = :org", org=member.org_id))
    assert kept.count("/api/contacts") >= 3
    assert [word for word in private if word in kept] == []


def test_the_request_log_has_filters(client: Client, member: Member, key: dict[str, Any]) -> None:
    other = make_key(client, member, name="other")
    contact = str(uuid4())
    client.post("/api/contacts", json={"phone": PHONE}, headers=bearing(key))
    client.get(f"/api/contacts/{contact}", headers=bearing(other))
    client.get("/api/messages/nonsense", headers=bearing(other, **{"X-Request-Id": "last"}))
    newest = logged(client, member, "last")
    of_other = listed(client, member, apiKeyId=other["apiKey"]["id"])
    assert [entry["path"] for entry in of_other] == [
        "/api/messages/{id}",
        f"/api/contacts/{contact}",
    ]
    refused = listed(client, member, statusClass=4, apiKeyId=other["apiKey"]["id"])
    assert [entry["requestId"] for entry in refused] == ["last"]
    posts = listed(client, member, method="POST", route="/api/contacts", userId=member.id)
    assert [entry["apiKeyName"] for entry in posts] == ["ci"]
    assert listed(client, member, requestId="last") == [newest]
    assert listed(client, member, **{"from": newest["createdAt"]}) == [newest]
    assert newest not in listed(client, member, to=newest["createdAt"])
    assert listed(client, member, **{"from": "2020-01-01", "to": "2020-01-02"}) == []


def test_pages_go_from_newest_to_oldest(
    client: Client, member: Member, key: dict[str, Any]
) -> None:
    names = [f"request-{number}" for number in range(5)]
    for name in names:
        client.get("/api/me", headers=bearing(key, **{"X-Request-Id": name}))
    logged(client, member, names[-1])
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        params = {"limit": "2", "route": "/api/me", **cursor}
        answer = client.get("/api/request-log", params=params, headers=member.headers).json()
        seen += [entry["requestId"] for entry in answer["items"]]
        if answer["nextCursor"] is None:
            break
        cursor = {"cursor": answer["nextCursor"]}
    assert seen == names[::-1]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"apiKeyId": "x"}, "apiKeyId"),
        ({"statusClass": "1"}, "statusClass"),
        ({"method": "FETCH"}, "method"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "to"),
        ({"limit": "201"}, "limit"),
        ({"cursor": "forged"}, "cursor"),
        ({"text": "x"}, "text"),
    ],
)
def test_the_error_about_a_bad_filter_names_the_filter(
    client: Client, member: Member, params: dict[str, str], field: str
) -> None:
    answer = client.get("/api/request-log", params=params, headers=member.headers)
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


def test_another_organisation_sees_no_logged_request(
    client: Client, member: Member, key: dict[str, Any]
) -> None:
    request_id = client.get("/api/me", headers=bearing(key)).headers["X-Request-Id"]
    logged(client, member, request_id)
    stranger = sign_up(client)
    assert listed(client, stranger, requestId=request_id) == []
    answer = client.get(f"/api/request-log/{request_id}", headers=stranger.headers)
    problem(answer, 404, "request_not_found")
    for filters in ({"apiKeyId": key["apiKey"]["id"]}, {"userId": member.id}):
        answer = client.get("/api/request-log", params=filters, headers=stranger.headers)
        problem(answer, 403, "cross_org_access")
    for name, code in (("apiKeyId", "api_key_not_found"), ("userId", "user_not_found")):
        answer = client.get("/api/request-log", params={name: str(uuid4())}, headers=member.headers)
        problem(answer, 404, code)


def test_only_owners_admins_and_their_api_keys_read_the_log(
    client: Client, simulator: Simulator, member: Member, key: dict[str, Any]
) -> None:
    plain = join(client, simulator, member)
    for path in ("/api/request-log", "/api/request-log/any"):
        problem(client.get(path, headers=plain.headers), 403, "forbidden")
        problem(client.get(path), 401, "unauthenticated")
    assert client.get("/api/request-log", headers=bearing(key)).status_code == 200
    writer = make_key(client, member, name="writer", scopes=["write"])
    assert client.get("/api/request-log", headers=bearing(writer)).status_code == 403


def test_requests_are_served_at_once_while_the_log_is_locked(
    client: Client, member: Member, key: dict[str, Any], locked_log: Callable[[], Any]
) -> None:
    with locked_log():
        began = time.monotonic()
        for number in range(50):
            answer = client.get(
                "/api/me", headers=bearing(key, **{"X-Request-Id": f"while-locked-{number}"})
            )
            assert answer.status_code == 200
        assert time.monotonic() - began < 15
    assert logged(client, member, "while-locked-49")["status"] == 200
    assert logged(client, member, "while-locked-0")["status"] == 200
