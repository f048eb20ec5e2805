"""Sign up and invite users for tests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from services.gateway.tests.mailbox import mailed_token
from tests.fixtures.running import Simulator

Client = httpx.Client
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Member:
    """A signed-in user in the tests."""

    session: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        """Request headers with the user's access token."""
        return {"Authorization": f"Bearer {self.session['accessToken']}"}

    @property
    def id(self) -> str:
        """The user's id."""
        return str(self.session["user"]["id"])

    @property
    def org_id(self) -> str:
        """The organisation's id."""
        return str(self.session["user"]["orgId"])

    @property
    def email(self) -> str:
        """The user's email address."""
        return str(self.session["user"]["email"])


def sign_up(client: Client, **changes: str) -> Member:
    """Sign up a new owner. The email address is new, unless `changes` has one."""
    given = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD, "name": "Ann Lee"}
    answer = client.post("/api/auth/register", json={**given, **changes})
    assert answer.status_code == 201, answer.text
    return Member(answer.json())


def invite(client: Client, by: Member, role: str = "member", email: str = "") -> dict[str, str]:
    """Invite a person at `email` or at a new email address, and return the invitation."""
    given = {"email": email or f"{uuid4().hex}@example.com", "role": role}
    answer = client.post("/api/org/invitations", json=given, headers=by.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made


def join(client: Client, simulator: Simulator, by: Member, role: str = "member") -> Member:
    """Invite a person, accept the invitation as that person, and return the new member."""
    email = invite(client, by, role)["email"]
    token = mailed_token(simulator, email, "/accept-invitation")
    given = {"token": token, "name": "Bea", "password": PASSWORD}
    answer = client.post("/api/auth/accept-invitation", json=given)
    assert answer.status_code == 201, answer.text
    return Member(answer.json())


def refresh(client: Client, token: str) -> httpx.Response:
    """Use a refresh token to get a new pair of tokens, and return the response."""
    return client.post("/api/auth/refresh", json={"refreshToken": token})


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check that `answer` is a complete problem document, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["type"] == f"/api/problems/{code}"
    assert document["requestId"] == answer.headers["X-Request-Id"]
    return document


def fields_at_fault(answer: httpx.Response) -> list[str]:
    """Return the names of the invalid fields in a 422 response."""
    return [fault["field"] for fault in problem(answer, 422, "invalid_request")["errors"]]


def actions(rows: Callable[..., list[dict[str, object]]], member: Member) -> list[object]:
    """Return the actions in the audit log of the member's organisation, the first one first."""
    query = "SELECT action FROM audit_logs WHERE org_id = :org ORDER BY id"
    return [row["action"] for row in rows(query, org=member.org_id)]
