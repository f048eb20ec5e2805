"""The operator's session: signs in, and keeps it in a file that only its owner can read."""

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from http import HTTPStatus
from pathlib import Path

import click

from admin.api import Api, ApiError

_OPERATOR = "ADMIN"


class NotSignedIn(click.ClickException):
    """There is no session, or it has ended."""

    exit_code = 3

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Run: smsblaster-admin login")


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session at one installation. Each run exchanges the refresh token for a new one."""

    url: str
    email: str
    refresh_token: str


def sign_in(url: str, email: str, password: str, ask_for_code: Callable[[], str]) -> Path:
    """Sign in as an operator, and store the session. Returns its file.

    Args:
        url: The address of the platform.
        email: The operator's email address.
        password: The operator's password.
        ask_for_code: Called if the operator has a second factor. Returns its code.

    Raises:
        ApiError: The platform refused it.
        click.ClickException: The user is not an operator.
    """
    api = Api(url)
    session = api.post("/api/auth/login", email=email, password=password)
    if challenge := session.get("secondFactor"):
        session = api.post(
            "/api/auth/second-factor", challenge=challenge["challenge"], code=ask_for_code()
        )
    if _OPERATOR not in session["user"]["roles"]:
        api.post("/api/auth/logout", refreshToken=session["refreshToken"])
        raise click.ClickException(f"{email} is not an operator of the platform.")
    return _save(StoredSession(url, email, session["refreshToken"]))


def sign_out() -> bool:
    """End the stored session, and delete its file. Returns False if there was none."""
    stored = _load()
    if stored is None:
        return False
    Api(stored.url).post("/api/auth/logout", refreshToken=stored.refresh_token)
    _path().unlink(missing_ok=True)
    return True


def signed_in_api() -> Api:
    """Return the API with the operator's token.

    Raises:
        NotSignedIn: There is no session, or it has ended.
    """
    stored = _load()
    if stored is None:
        raise NotSignedIn("You are not signed in.")
    try:
        session = Api(stored.url).post("/api/auth/refresh", refreshToken=stored.refresh_token)
    except ApiError as error:
        if error.status == HTTPStatus.UNAUTHORIZED:
            raise NotSignedIn("Your session has ended.") from error
        raise
    _save(replace(stored, refresh_token=session["refreshToken"]))
    return Api(stored.url, session["accessToken"])


def _path() -> Path:
    return Path(click.get_app_dir("smsblaster-admin")) / "session.json"


def _load() -> StoredSession | None:
    try:
        return StoredSession(**json.loads(_path().read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise NotSignedIn(f"{_path()} is damaged.") from None


def _save(session: StoredSession) -> Path:
    target = _path()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A temporary file is created with the mode 0600.
    handle, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(session), file)
    Path(name).replace(target)
    return target
