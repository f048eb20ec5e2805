"""Password reset and email verification over the REST API, with real mails."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from services.gateway.tests.mailbox import mailed_token, tokens
from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    fields_at_fault,
    problem,
)
from tests.fixtures.running import Simulator
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]
NEW_PASSWORD = "another horse battery"


def ask_reset(client: Client, email: str) -> None:
    answer = client.post("/api/auth/request-reset", json={"email": email})
    assert (answer.status_code, answer.json()) == (202, {})


def reset_token(client: Client, simulator: Simulator, member: Member) -> str:
    ask_reset(client, member.email)
    return mailed_token(simulator, member.email, "/reset")


def reset(client: Client, token: str, password: str = NEW_PASSWORD) -> int:
    given = {"token": token, "newPassword": password}
    return client.post("/api/auth/reset", json=given).status_code


def sign_in(client: Client, member: Member, password: str) -> int:
    given = {"email": member.email, "password": password}
    return client.post("/api/auth/login", json=given).status_code


def test_a_mailed_token_sets_a_new_password_and_ends_every_session(
    client: Client, simulator: Simulator, member: Member, rows: Rows
) -> None:
    assert client.get("/api/me", headers=member.headers).status_code == 200
    assert reset(client, reset_token(client, simulator, member)) == 204
    assert sign_in(client, member, PASSWORD) == 401
    problem(client.get("/api/me", headers=member.headers), 401, "unauthenticated")
    old = {"refreshToken": member.session["refreshToken"]}
    problem(client.post("/api/auth/refresh", json=old), 401, "bad_refresh_token")
    assert sign_in(client, member, NEW_PASSWORD) == 200
    [entry] = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'password_reset'",
        org=member.org_id,
    )
    assert str(entry["actor_user_id"]) == member.id


def test_a_reset_token_works_once_and_invalidates_the_users_other_reset_tokens(
    client: Client, simulator: Simulator, member: Member
) -> None:
    first = reset_token(client, simulator, member)
    ask_reset(client, member.email)
    second = mailed_token(simulator, member.email, "/reset", mails=2)
    assert reset(client, second) == 204
    for used in (first, second):
        given = {"token": used, "newPassword": NEW_PASSWORD}
        problem(client.post("/api/auth/reset", json=given), 422, "bad_token")


def test_a_reset_token_is_valid_for_an_hour_and_stored_as_a_hash(
    client: Client, simulator: Simulator, member: Member, rows: Rows
) -> None:
    token = reset_token(client, simulator, member)
    [kept] = rows(
        "SELECT *, expires_at - created_at = interval '1 hour' AS for_an_hour"
        " FROM password_resets WHERE user_id = :user",
        user=member.id,
    )
    assert kept["for_an_hour"]
    assert token not in str(kept)
    assert token not in str(rows("SELECT * FROM mails WHERE user_id = :user", user=member.id))
    rows("UPDATE password_resets SET expires_at = now() WHERE user_id = :u", u=member.id)
    assert reset(client, token) == 422
    assert sign_in(client, member, PASSWORD) == 200


def test_unknown_and_disabled_accounts_get_the_same_response_and_no_mail(
    client: Client, member: Member, rows: Rows
) -> None:
    rows("UPDATE users SET status = 'disabled' WHERE id = :id", id=member.id)
    before = rows("SELECT count(*) AS n FROM mails WHERE kind = 'password_reset'")
    ask_reset(client, f"{uuid4().hex}@example.com")
    ask_reset(client, member.email)
    assert rows("SELECT count(*) AS n FROM mails WHERE kind = 'password_reset'") == before


def test_an_email_address_gets_three_resets_an_hour_and_always_the_same_response(
    client: Client, member: Member, rows: Rows
) -> None:
    for _ in range(5):
        ask_reset(client, member.email.upper())
    asked = rows(
        "SELECT * FROM mails WHERE user_id = :user AND kind = 'password_reset'", user=member.id
    )
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("route", "given", "field"),
    [
        ("request-reset", {"email": "nobody"}, "email"),
        ("request-reset", {}, "email"),
        ("reset", {"token": "x", "newPassword": "short"}, "newPassword"),
        ("reset", {"token": "", "newPassword": NEW_PASSWORD}, "token"),
        ("reset", {"token": "x" * 501, "newPassword": NEW_PASSWORD}, "token"),
        ("verify", {"token": ""}, "token"),
    ],
)
def test_the_error_for_bad_input_names_its_field(
    client: Client, route: str, given: dict[str, str], field: str
) -> None:
    assert field in fields_at_fault(client.post(f"/api/auth/{route}", json=given))


@pytest.mark.parametrize("token", ["x", "ключ"])
def test_an_unknown_token_is_refused(client: Client, token: str) -> None:
    document = problem(client.post("/api/auth/verify", json={"token": token}), 422, "bad_token")
    assert [fault["field"] for fault in document["errors"]] == ["token"]
    assert reset(client, token) == 422


def test_sign_up_mails_a_link_that_verifies_the_address_once(
    client: Client, simulator: Simulator, member: Member
) -> None:
    assert client.get("/api/me", headers=member.headers).json()["emailVerifiedAt"] is None
    told = f"/api/contacts/{member.id}"
    assert client.get(told, headers=member.headers).json()["phone"] == "False UTC"
    token = mailed_token(simulator, member.email, "/verify")
    assert client.post("/api/auth/verify", json={"token": token}).status_code == 204
    assert client.get(told, headers=member.headers).json()["phone"] == "True UTC"
    assert client.get("/api/me", headers=member.headers).json()["emailVerifiedAt"]
    problem(client.post("/api/auth/verify", json={"token": token}), 422, "bad_token")


def test_a_verification_token_cannot_reset_a_password(
    client: Client, simulator: Simulator, member: Member
) -> None:
    assert reset(client, mailed_token(simulator, member.email, "/verify")) == 422


def test_at_most_three_verifications_an_hour_are_mailed(
    client: Client, simulator: Simulator, member: Member
) -> None:
    for _ in range(2):
        answer = client.post("/api/auth/send-verify", json={}, headers=member.headers)
        assert answer.status_code == 202
    refused = client.post("/api/auth/send-verify", json={}, headers=member.headers)
    problem(refused, 429, "too_many_mails")
    wait_until_sync(lambda: len(tokens(simulator, member.email, "/verify")) == 3)


def test_a_verified_address_gets_no_verification_mail(
    client: Client, member: Member, rows: Rows
) -> None:
    rows("UPDATE users SET email_verified_at = now() WHERE id = :id", id=member.id)
    answer = client.post("/api/auth/send-verify", json={}, headers=member.headers)
    assert answer.status_code == 202
    kept = rows("SELECT * FROM mails WHERE user_id = :user", user=member.id)
    assert len(kept) == 1
