"""Users change their own password and email address."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from services.gateway.tests.mailbox import mailed_token
from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    fields_at_fault,
    problem,
    sign_up,
)
from tests.fixtures.running import Simulator

Rows = Callable[..., list[dict[str, object]]]
NEW = "another horse battery"


def change_password(client: Client, member: Member, current: str, new: str) -> Any:
    body = {"currentPassword": current, "newPassword": new}
    return client.post("/api/me/password", json=body, headers=member.headers)


def sign_in(client: Client, email: str, password: str) -> Any:
    return client.post("/api/auth/login", json={"email": email, "password": password})


def request_change(client: Client, member: Member, address: str, password: str = PASSWORD) -> Any:
    body = {"newEmail": address, "password": password}
    return client.post("/api/me/email-change", json=body, headers=member.headers)


def open_change(client: Client, member: Member) -> dict[str, Any] | None:
    answer = client.get("/api/me/email-change", headers=member.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] | None = answer.json()["change"]
    return found


def confirm(client: Client, token: str) -> Any:
    return client.post("/api/auth/confirm-email", json={"token": token})


def verify(rows: Rows, member: Member) -> None:
    rows("UPDATE users SET email_verified_at = now() WHERE id = :id", id=member.id)


def new_address() -> str:
    return f"{uuid4().hex}@example.com"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    client: Client, member: Member, rows: Rows
) -> None:
    other = Member(sign_in(client, member.email, PASSWORD).json())
    assert change_password(client, member, PASSWORD, NEW).status_code == 204
    problem(client.get("/api/me", headers=other.headers), 401, "unauthenticated")
    assert client.get("/api/me", headers=member.headers).status_code == 200
    assert sign_in(client, member.email, PASSWORD).status_code == 401
    assert sign_in(client, member.email, NEW).status_code == 200
    [entry] = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'password_changed'",
        org=member.org_id,
    )
    assert str(entry["actor_user_id"]) == member.id
    mailed = rows("SELECT kind FROM mails WHERE user_id = :user", user=member.id)
    assert {"kind": "password_changed"} in mailed


def test_a_new_password_invalidates_reset_links(
    client: Client, member: Member, simulator: Simulator
) -> None:
    client.post("/api/auth/request-reset", json={"email": member.email})
    token = mailed_token(simulator, member.email, "/reset")
    assert change_password(client, member, PASSWORD, NEW).status_code == 204
    body = {"token": token, "newPassword": "a third horse battery"}
    problem(client.post("/api/auth/reset", json=body), 422, "bad_token")


def test_the_old_password_is_needed_and_guesses_are_limited(
    client: Client, member: Member, rows: Rows
) -> None:
    for _ in range(30):
        answer = change_password(client, member, "not the password", NEW)
        found = problem(answer, 422, "wrong_password")
        assert [fault["field"] for fault in found["errors"]] == ["currentPassword"]
    problem(change_password(client, member, PASSWORD, NEW), 429, "too_many_guesses")
    assert rows(
        "SELECT FROM audit_logs WHERE org_id = :o AND action = 'password_check_failed'",
        o=member.org_id,
    )


def test_a_weak_password_is_refused_wherever_one_is_chosen(
    client: Client, member: Member, simulator: Simulator
) -> None:
    weak = "password1234"
    problem(change_password(client, member, PASSWORD, weak), 422, "weak_password")
    problem(change_password(client, member, PASSWORD, "Ann Lee 2024"), 422, "weak_password")
    given = {"email": new_address(), "password": weak, "name": "Ann"}
    problem(client.post("/api/auth/register", json=given), 422, "weak_password")
    invited = client.post(
        "/api/org/invitations",
        json={"email": new_address(), "role": "member"},
        headers=member.headers,
    ).json()["email"]
    token = mailed_token(simulator, invited, "/accept-invitation")
    joining = {"token": token, "name": "Bea", "password": weak}
    problem(client.post("/api/auth/accept-invitation", json=joining), 422, "weak_password")
    joining["password"] = PASSWORD
    assert client.post("/api/auth/accept-invitation", json=joining).status_code == 201


def test_a_reset_link_still_works_after_a_weak_password_was_refused(
    client: Client, member: Member, simulator: Simulator
) -> None:
    client.post("/api/auth/request-reset", json={"email": member.email})
    token = mailed_token(simulator, member.email, "/reset")
    body = {"token": token, "newPassword": "qwertyuiop"}
    problem(client.post("/api/auth/reset", json=body), 422, "weak_password")
    body["newPassword"] = NEW
    assert client.post("/api/auth/reset", json=body).status_code == 204


def test_an_email_address_changes_once_the_old_and_the_new_address_have_confirmed(
    client: Client, member: Member, simulator: Simulator, rows: Rows
) -> None:
    verify(rows, member)
    address = new_address()
    begun = request_change(client, member, address.upper())
    assert begun.status_code == 202
    assert begun.json()["newEmail"] == address
    assert not begun.json()["isConfirmedByCurrent"]
    by_new = mailed_token(simulator, address, "/confirm-email")
    by_current = mailed_token(simulator, member.email, "/confirm-email")
    for _ in range(2):
        assert confirm(client, by_new).json() == {"isComplete": False}
    found = open_change(client, member)
    assert found is not None
    assert (found["isConfirmedByCurrent"], found["isConfirmedByNew"]) == (False, True)
    assert sign_in(client, address, PASSWORD).status_code == 401
    assert confirm(client, by_current).json() == {"isComplete": True}
    assert sign_in(client, address, PASSWORD).status_code == 200
    assert sign_in(client, member.email, PASSWORD).status_code == 401
    me = client.get("/api/me", headers=member.headers).json()
    assert (me["email"], bool(me["emailVerifiedAt"])) == (address, True)
    for used in (by_new, by_current):
        problem(confirm(client, used), 422, "bad_token")
    actions = rows("SELECT action, meta FROM audit_logs WHERE org_id = :o", o=member.org_id)
    assert {"email_change_requested", "email_changed"} <= {str(each["action"]) for each in actions}
    assert address not in str(actions)


def test_an_email_address_that_was_never_verified_need_not_confirm_its_change(
    client: Client, member: Member, simulator: Simulator, rows: Rows
) -> None:
    address = new_address()
    assert request_change(client, member, address).json()["isConfirmedByCurrent"]
    token = mailed_token(simulator, address, "/confirm-email")
    assert confirm(client, token).json() == {"isComplete": True}
    mailed = "SELECT FROM mails WHERE user_id = :u AND kind = 'email_change_current'"
    assert rows(mailed, u=member.id) == []


def test_a_change_of_the_email_address_can_be_cancelled_or_replaced(
    client: Client, member: Member, simulator: Simulator
) -> None:
    first, second = new_address(), new_address()
    request_change(client, member, first)
    token = mailed_token(simulator, first, "/confirm-email")
    request_change(client, member, second)
    problem(confirm(client, token), 422, "bad_token")
    token = mailed_token(simulator, second, "/confirm-email")
    for _ in range(2):
        answer = client.delete("/api/me/email-change", headers=member.headers)
        assert answer.status_code == 204
    problem(confirm(client, token), 422, "bad_token")
    assert open_change(client, member) is None


def test_another_accounts_email_address_is_refused_at_the_start_and_at_the_confirmation(
    client: Client, member: Member, simulator: Simulator
) -> None:
    other = sign_up(client)
    problem(request_change(client, member, other.email), 409, "email_taken")
    address = new_address()
    request_change(client, member, address)
    token = mailed_token(simulator, address, "/confirm-email")
    sign_up(client, email=address)
    problem(confirm(client, token), 409, "email_taken")
    assert client.get("/api/me", headers=member.headers).json()["email"] == member.email


def test_bad_requests_for_a_change_of_the_address_are_refused(
    client: Client, member: Member
) -> None:
    assert fields_at_fault(request_change(client, member, "nobody")) == ["newEmail"]
    assert fields_at_fault(request_change(client, member, member.email)) == ["newEmail"]
    wrong = request_change(client, member, new_address(), "not the password")
    problem(wrong, 422, "wrong_password")
    for _ in range(3):
        assert request_change(client, member, new_address()).status_code == 202
    problem(request_change(client, member, new_address()), 429, "too_many_mails")


@pytest.mark.parametrize("token", ["x", "ключ"])
def test_an_unknown_token_does_not_confirm_a_change_of_the_email_address(
    client: Client, token: str
) -> None:
    problem(confirm(client, token), 422, "bad_token")


def test_users_see_and_cancel_only_the_change_of_their_own_email_address(
    client: Client, member: Member
) -> None:
    other = sign_up(client)
    request_change(client, member, new_address())
    assert open_change(client, other) is None
    assert client.delete("/api/me/email-change", headers=other.headers).status_code == 204
    assert open_change(client, member) is not None


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "/api/me/password"),
        ("POST", "/api/me/email-change"),
        ("GET", "/api/me/email-change"),
        ("DELETE", "/api/me/email-change"),
    ],
)
def test_an_email_address_or_password_cannot_be_changed_without_a_sign_in(
    client: Client, verb: str, path: str
) -> None:
    problem(client.request(verb, path, json={} if verb == "POST" else None), 401, "unauthenticated")
