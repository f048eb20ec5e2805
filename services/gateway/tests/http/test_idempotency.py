"""Requests with the same idempotency key run once."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    fields_at_fault,
    problem,
    sign_up,
)
from services.gateway.usecases import idempotency_keys
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]
BODY = {"phone": "+14155550123", "firstName": "Ann"}
_HEAD = b"Phone\n" * 40_000  # more than the gateway reads before it starts to serve the request
_END = b"+14155550123\n"
_LENGTH = str(len(_HEAD) + len(_END))


def create(client: Client, member: Member, key: str, **body: str) -> httpx.Response:
    headers = {**member.headers, "Idempotency-Key": key}
    return client.post("/api/contacts", json=body or BODY, headers=headers)


def test_requests_without_a_key_all_run(client: Client, member: Member) -> None:
    ids = {
        client.post("/api/contacts", json=BODY, headers=member.headers).json()["id"]
        for _ in range(2)
    }
    assert len(ids) == 2


def test_a_repeated_request_gets_the_same_response(client: Client, member: Member) -> None:
    first, again = create(client, member, "k"), create(client, member, "k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["Content-Type"] == again.headers["Content-Type"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_another_body_with_the_same_key_is_a_conflict(client: Client, member: Member) -> None:
    create(client, member, "k")
    problem(create(client, member, "k", phone="+1"), 409, "idempotency_key_reused")


def test_a_key_belongs_to_its_route_and_user(client: Client, member: Member) -> None:
    other = sign_up(client)
    first = create(client, member, "k")
    assert create(client, other, "k").json()["id"] != first.json()["id"]
    headers = {**member.headers, "Idempotency-Key": "k"}
    elsewhere = client.post("/api/twilio/subaccount", headers=headers)
    problem(elsewhere, 503, "service_unavailable")


def test_the_response_to_a_refused_request_is_stored_too(client: Client, member: Member) -> None:
    first = create(client, member, "k", phone="+1", firstName="Nobody")
    again = create(client, member, "k", phone="+1", firstName="Nobody")
    problem(first, 404, "not_found")
    assert again.content == first.content
    assert again.headers["Content-Type"] == "application/problem+json"
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_failed_request_can_be_sent_again_with_the_same_operation_id(
    client: Client, member: Member, rows: Rows
) -> None:
    query = "SELECT operation_id FROM idempotency_keys WHERE org_id = :org"
    crash = {"phone": "+1", "firstName": "Crash"}
    problem(create(client, member, "k", **crash), 500, "internal_error")
    operation = rows(query, org=member.org_id)
    problem(create(client, member, "k", **crash), 500, "internal_error")
    assert rows(query, org=member.org_id) == operation
    problem(create(client, member, "k"), 409, "idempotency_key_reused")


def test_services_receive_the_operation_id(client: Client, member: Member, rows: Rows) -> None:
    answer = create(client, member, "k")
    [key] = rows("SELECT operation_id FROM idempotency_keys WHERE org_id = :org", org=member.org_id)
    assert answer.json()["lastName"] == str(key["operation_id"])
    without = client.post("/api/contacts", json=BODY, headers=member.headers)
    assert without.json()["lastName"] is None


def test_after_a_day_the_same_key_starts_a_new_operation(
    client: Client, member: Member, rows: Rows
) -> None:
    first = create(client, member, "k")
    rows(
        "UPDATE idempotency_keys SET claimed_at = now() - interval '25 hours' WHERE org_id = :org",
        org=member.org_id,
    )
    later = create(client, member, "k", phone="+1")
    assert later.status_code == 201
    assert later.json()["lastName"] != first.json()["lastName"]


def test_a_running_request_blocks_its_key_until_its_claim_has_expired(
    client: Client, member: Member, rows: Rows
) -> None:
    create(client, member, "k")
    rows(
        "UPDATE idempotency_keys SET status = NULL, content_type = NULL, body = NULL"
        " WHERE org_id = :org",
        org=member.org_id,
    )
    busy = create(client, member, "k")
    problem(busy, 409, "request_in_progress")
    problem(create(client, member, "k", phone="+1"), 409, "idempotency_key_reused")
    assert int(busy.headers["Retry-After"]) > 0
    rows(
        "UPDATE idempotency_keys SET claimed_at = now() - interval '31 seconds'"
        " WHERE org_id = :org",
        org=member.org_id,
    )
    assert create(client, member, "k").status_code == 201
    assert create(client, member, "k").headers["Idempotency-Replayed"] == "true"


def test_concurrent_requests_with_one_key_run_once(client: Client, member: Member) -> None:
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(create(client, member, "k")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    created = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(created) == 1
    for answer in answers:
        if answer.status_code != 201:
            problem(answer, 409, "request_in_progress")


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_long_or_unprintable_key_is_refused(client: Client, member: Member, key: str) -> None:
    assert fields_at_fault(create(client, member, key)) == ["Idempotency-Key"]


def test_a_key_of_255_characters_is_accepted(client: Client, member: Member) -> None:
    assert create(client, member, "~" * 255).status_code == 201


def test_responses_with_tokens_are_never_stored(client: Client, rows: Rows) -> None:
    member = sign_up(client)
    given = {"email": member.email, "password": PASSWORD}
    headers = {"Idempotency-Key": "k"}
    first = client.post("/api/auth/login", json=given, headers=headers)
    again = client.post("/api/auth/login", json=given, headers=headers)
    assert first.json()["refreshToken"] != again.json()["refreshToken"]
    assert rows("SELECT * FROM idempotency_keys WHERE org_id = :org", org=member.org_id) == []


def test_idempotency_keys_apply_only_to_post(client: Client, member: Member) -> None:
    headers = {**member.headers, "Idempotency-Key": "k"}
    for name in ("Bob", "Eve"):
        answer = client.patch("/api/me", json={"name": name}, headers=headers)
        assert answer.json()["name"] == name


def test_the_claim_of_a_long_request_is_renewed_so_that_its_key_stays_taken(
    client: Client, member: Member, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency_keys, "_RENEW_SECONDS", 0.1)
    headers = {**member.headers, "Idempotency-Key": "slow"}
    arrives = threading.Event()
    answers: list[httpx.Response] = []

    def body() -> Iterator[bytes]:
        yield _HEAD
        arrives.wait(60)
        yield _END

    def upload() -> None:
        form = {"Content-Type": "text/csv", "Content-Length": _LENGTH}
        path = "/api/contacts/import"
        answers.append(client.post(path, content=body(), headers={**headers, **form}))

    def age() -> float:
        query = "SELECT extract(epoch FROM now() - claimed_at) AS age FROM idempotency_keys"
        found: list[dict[str, Any]] = rows(f"{query} WHERE org_id = :org", org=member.org_id)
        return float(found[0]["age"]) if found else 60.0

    uploading = threading.Thread(target=upload)
    uploading.start()
    wait_until_sync(lambda: age() < 5)
    rows(
        "UPDATE idempotency_keys SET claimed_at = now() - interval '29 seconds'"
        " WHERE org_id = :org",
        org=member.org_id,
    )
    wait_until_sync(lambda: age() < 5)
    arrives.set()
    uploading.join()
    assert answers[0].status_code == 200, answers[0].text
