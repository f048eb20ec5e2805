"""Invitations to an organisation over the REST API."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from services.gateway.tests.mailbox import mailed_token
from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    actions,
    fields_at_fault,
    invite,
    join,
    problem,
    sign_up,
)
from tests.fixtures.running import Simulator

Rows = Callable[..., list[dict[str, object]]]


def test_an_invited_person_joins_with_a_verified_address_and_the_subaccount(
    client: Client, simulator: Simulator, member: Member, rows: Rows
) -> None:
    rows(
        "UPDATE user_profiles SET twilio_sub_account_sid = 'AC1' WHERE org_id = :org",
        org=member.org_id,
    )
    joined = join(client, simulator, member, "admin")
    me = client.get("/api/me", headers=joined.headers).json()
    assert (me["orgId"], me["roles"], me["name"]) == (member.org_id, ["admin"], "Bea")
    assert me["emailVerifiedAt"]
    assert me["twilioSubAccountSid"] == "AC1"
    [invitation] = client.get("/api/org/invitations", headers=member.headers).json()["items"]
    assert invitation["status"] == "accepted"
    assert {"member_invited", "member_joined"} <= set(actions(rows, member))


def test_an_invitation_works_once_and_not_after_it_was_revoked(
    client: Client, simulator: Simulator, member: Member
) -> None:
    made = invite(client, member)
    token = mailed_token(simulator, made["email"], "/accept-invitation")
    gone = client.delete(f"/api/org/invitations/{made['id']}", headers=member.headers)
    assert gone.status_code == 204
    given = {"token": token, "name": "Bea", "password": PASSWORD}
    problem(client.post("/api/auth/accept-invitation", json=given), 422, "bad_token")


def test_an_accepted_invitation_cannot_be_revoked_or_accepted_again(
    client: Client, simulator: Simulator, member: Member
) -> None:
    joined = join(client, simulator, member)
    [made] = client.get("/api/org/invitations", headers=member.headers).json()["items"]
    taken = client.delete(f"/api/org/invitations/{made['id']}", headers=member.headers)
    problem(taken, 409, "invitation_not_open")
    token = mailed_token(simulator, joined.email, "/accept-invitation")
    given = {"token": token, "name": "Bea", "password": PASSWORD}
    problem(client.post("/api/auth/accept-invitation", json=given), 422, "bad_token")


def test_a_second_invitation_to_an_address_replaces_the_first(
    client: Client, simulator: Simulator, member: Member
) -> None:
    made = invite(client, member)
    first = mailed_token(simulator, made["email"], "/accept-invitation")
    again = invite(client, member, "admin", made["email"].upper())
    assert (again["id"], again["role"]) == (made["id"], "admin")
    second = mailed_token(simulator, made["email"], "/accept-invitation", mails=2)
    given = {"name": "Bea", "password": PASSWORD}
    answer = client.post("/api/auth/accept-invitation", json={**given, "token": first})
    problem(answer, 422, "bad_token")
    joined = client.post("/api/auth/accept-invitation", json={**given, "token": second})
    assert joined.json()["user"]["roles"] == ["admin"]


def verified(client: Client, rows: Rows, email: str) -> str:
    """Create an account with a verified email address, and return this address."""
    rows(
        "UPDATE users SET email_verified_at = now() WHERE id = :id",
        id=sign_up(client, email=email).id,
    )
    return email


def test_a_person_with_an_account_cannot_be_invited(
    client: Client, member: Member, rows: Rows
) -> None:
    given = {"email": verified(client, rows, f"{uuid4().hex}@example.com"), "role": "member"}
    answer = client.post("/api/org/invitations", json=given, headers=member.headers)
    problem(answer, 409, "email_taken")


def test_a_person_who_signs_up_after_being_invited_cannot_accept_the_invitation(
    client: Client, simulator: Simulator, member: Member, rows: Rows
) -> None:
    made = invite(client, member)
    token = mailed_token(simulator, made["email"], "/accept-invitation")
    verified(client, rows, made["email"])
    given = {"token": token, "name": "Bea", "password": PASSWORD}
    problem(client.post("/api/auth/accept-invitation", json=given), 409, "email_taken")
    [kept] = client.get("/api/org/invitations", headers=member.headers).json()["items"]
    assert kept["status"] == "open"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "nobody", "role": "member"}, "email"),
        ({"email": "a@example.com", "role": "king"}, "role"),
        ({"email": "a@example.com"}, "role"),
    ],
)
def test_an_invalid_invitation_gets_an_error_for_its_field(
    client: Client, member: Member, given: dict[str, str], field: str
) -> None:
    answer = client.post("/api/org/invitations", json=given, headers=member.headers)
    assert field in fields_at_fault(answer)
