"""Signing up with another person's email address gains nothing and does not block that person."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.gateway.tests.mailbox import mailed_token
from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    invite,
    join,
    problem,
    sign_up,
)
from tests.fixtures.running import Simulator

Rows = Callable[..., list[dict[str, Any]]]
NEW_PASSWORD = "another horse battery"


@pytest.fixture
def squatter(client: Client) -> Member:
    return sign_up(client, name="Squatter", orgName="Squat")


def accept(client: Client, simulator: Simulator, email: str, mails: int = 1) -> httpx.Response:
    token = mailed_token(simulator, email, "/accept-invitation", mails)
    given = {"token": token, "name": "Real Person", "password": NEW_PASSWORD}
    return client.post("/api/auth/accept-invitation", json=given)


def make_key(client: Client, by: Member) -> str:
    wanted = {"name": uuid4().hex, "scopes": ["read"]}
    return str(client.post("/api/api-keys", json=wanted, headers=by.headers).json()["key"])


def test_an_invited_person_can_join_although_another_person_signed_up_with_their_address(
    client: Client, simulator: Simulator, member: Member, squatter: Member
) -> None:
    key = make_key(client, squatter)
    invite(client, member, "admin", squatter.email)
    answer = accept(client, simulator, squatter.email)
    assert answer.status_code == 201, answer.text
    joined = Member(answer.json())
    assert (joined.org_id, joined.email) == (member.org_id, squatter.email)
    assert joined.id != squatter.id
    problem(client.get("/api/me", headers=squatter.headers), 401, "unauthenticated")
    problem(client.get("/api/me", headers={"X-Api-Key": key}), 401, "unauthenticated")
    old = {"refreshToken": squatter.session["refreshToken"]}
    problem(client.post("/api/auth/refresh", json=old), 401, "bad_refresh_token")
    as_squatter = {"email": squatter.email, "password": PASSWORD}
    problem(client.post("/api/auth/login", json=as_squatter), 401, "bad_credentials")
    as_owner = {"email": squatter.email, "password": NEW_PASSWORD}
    assert client.post("/api/auth/login", json=as_owner).json()["user"]["id"] == joined.id


def test_the_organisation_of_a_replaced_account_does_not_see_the_new_member(
    client: Client, simulator: Simulator, member: Member, squatter: Member, rows: Rows
) -> None:
    helper = join(client, simulator, squatter, "admin")
    invite(client, member, "owner", squatter.email)
    joined = Member(accept(client, simulator, squatter.email).json())
    mine = client.get("/api/org/members", headers=joined.headers).json()["items"]
    assert {each["id"] for each in mine} == {member.id, joined.id}
    theirs = client.get("/api/org/members", headers=helper.headers).json()["items"]
    assert {each["id"]: each["status"] for each in theirs} == {
        helper.id: "active",
        squatter.id: "disabled",
    }
    assert squatter.email not in {each["email"] for each in theirs}
    said = rows("SELECT action FROM audit_logs WHERE org_id = :org", org=squatter.org_id)
    assert "account_gave_way" in {row["action"] for row in said}


def test_tokens_mailed_for_a_replaced_account_stop_working(
    client: Client, simulator: Simulator, member: Member, squatter: Member, rows: Rows
) -> None:
    client.post("/api/auth/request-reset", json={"email": squatter.email})
    reset = mailed_token(simulator, squatter.email, "/reset")
    verification = mailed_token(simulator, squatter.email, "/verify")
    invite(client, member, "member", squatter.email)
    assert accept(client, simulator, squatter.email).status_code == 201
    given = {"token": reset, "newPassword": PASSWORD}
    problem(client.post("/api/auth/reset", json=given), 422, "bad_token")
    problem(client.post("/api/auth/verify", json={"token": verification}), 422, "bad_token")
    due = "SELECT FROM mails WHERE user_id = :id AND sent_at IS NULL AND given_up_at IS NULL"
    assert rows(due, id=squatter.id) == []


def test_an_unverified_account_works_until_the_invited_person_joins(
    client: Client, member: Member, squatter: Member
) -> None:
    invite(client, member, "member", squatter.email)
    assert client.get("/api/me", headers=squatter.headers).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET email_verified_at = now() WHERE id = :id",
        "UPDATE users SET is_operator = true WHERE id = :id",
    ],
)
def test_an_invited_person_cannot_replace_a_verified_account_or_an_operator(
    client: Client, simulator: Simulator, member: Member, rows: Rows, change: str
) -> None:
    known = sign_up(client)
    invite(client, member, "member", known.email)
    rows(change, id=known.id)
    problem(accept(client, simulator, known.email), 409, "email_taken")
    assert client.get("/api/me", headers=known.headers).status_code == 200
    again = {"email": known.email, "role": "member"}
    answer = client.post("/api/org/invitations", json=again, headers=member.headers)
    problem(answer, 409, "email_taken")


def test_a_member_cannot_be_invited_to_their_own_organisation(
    client: Client, member: Member
) -> None:
    again = {"email": member.email, "role": "member"}
    answer = client.post("/api/org/invitations", json=again, headers=member.headers)
    problem(answer, 409, "email_taken")


def test_a_password_reset_takes_over_an_unverified_account(
    client: Client, simulator: Simulator, squatter: Member
) -> None:
    """The email address's owner can't sign up, but gets the account. Its API keys are revoked."""
    key = make_key(client, squatter)
    accomplice = invite(client, squatter, "owner")["email"]
    client.post("/api/auth/request-reset", json={"email": squatter.email})
    token = mailed_token(simulator, squatter.email, "/reset")
    given = {"token": token, "newPassword": NEW_PASSWORD}
    assert client.post("/api/auth/reset", json=given).status_code == 204
    problem(client.get("/api/me", headers={"X-Api-Key": key}), 401, "unauthenticated")
    problem(accept(client, simulator, accomplice), 422, "bad_token")
    signed_in = {"email": squatter.email, "password": NEW_PASSWORD}
    owner = Member(client.post("/api/auth/login", json=signed_in).json())
    assert client.get("/api/me", headers=owner.headers).json()["emailVerifiedAt"]
