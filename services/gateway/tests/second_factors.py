"""Test helpers: set up and use second factors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pyotp

from services.gateway.tests.members import PASSWORD, Client, Member

Rows = Callable[..., list[dict[str, object]]]


@dataclass(frozen=True)
class App:
    """A user's authenticator app, and the user's recovery codes."""

    secret: str
    recovery_codes: list[str]

    @property
    def code(self) -> str:
        """The code that the app shows now."""
        return pyotp.TOTP(self.secret).now()


def begin(client: Client, member: Member, password: str = PASSWORD) -> httpx.Response:
    """Request the secret for a new second factor."""
    body = {"password": password}
    return client.post("/api/me/second-factor", json=body, headers=member.headers)


def confirm(client: Client, member: Member, code: str) -> httpx.Response:
    """Turn the second factor on with a code."""
    path = "/api/me/second-factor/confirm"
    return client.post(path, json={"code": code}, headers=member.headers)


def set_up(client: Client, member: Member, rows: Rows) -> App:
    """Turn the member's second factor on."""
    begun = begin(client, member)
    assert begun.status_code == 201, begun.text
    secret = str(begun.json()["secret"])
    confirmed = confirm(client, member, pyotp.TOTP(secret).now())
    assert confirmed.status_code == 200, confirmed.text
    let_code_be_used_again(rows, member)
    return App(secret, list(confirmed.json()["codes"]))


def let_code_be_used_again(rows: Rows, member: Member) -> None:
    """Allow the last code to be used again, so that the test need not wait for the next one."""
    rows("UPDATE second_factors SET last_step = NULL WHERE user_id = :user", user=member.id)


def challenge(client: Client, member: Member, **headers: str) -> str:
    """Sign in with the password, and return the challenge."""
    given = {"email": member.email, "password": PASSWORD}
    answer = client.post("/api/auth/login", json=given, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["accessToken"] is None
    assert body["refreshToken"] is None
    return str(body["secondFactor"]["challenge"])


def complete(client: Client, token: str, code: str, **headers: str) -> httpx.Response:
    """Finish a sign-in with a code."""
    body = {"challenge": token, "code": code}
    return client.post("/api/auth/second-factor", json=body, headers=headers)
