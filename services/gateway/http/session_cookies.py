"""Keep the refresh tokens of browsers in a cookie that scripts can't read.

A request asks for the cookie with the header ``X-Session: cookie``. A page of another site can't
send this
header: it is not among those that CORS allows. Programs don't send it, and find the token in the
response.
"""

from collections.abc import Container
from urllib.parse import urlsplit

from flask import Request, Response, after_this_request
from google.protobuf.message import Message

from servicekit.errors import Forbidden, InvalidInput, Unauthenticated
from services.gateway.domain.opaque_tokens import REFRESH_LIFETIME
from smsblaster.identity.v1 import auth_pb2

HEADER = "X-Session"
COOKIE = "cookie"

_NAME = "smsblaster_session"
_PATH = "/api/auth"


def has_refresh_token(fields: Container[str]) -> bool:
    """Return whether messages with fields of these names may contain a refresh token."""
    return "refresh_token" in fields


class SessionCookies:
    """Moves refresh tokens between messages and the cookie. `app_url` is the platform's URL."""

    def __init__(self, app_url: str) -> None:
        parts = urlsplit(app_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._is_https = parts.scheme == "https"
        self._name = f"__Secure-{_NAME}" if self._is_https else _NAME

    def fill(self, request: Request, message: Message) -> None:
        """Fill in the refresh token of a request that needs one, from the cookie.

        Raises:
            Forbidden: cross_site_request.
            Unauthenticated: bad_refresh_token, there is no cookie. A sign-out needs no cookie.
            InvalidInput: The request has neither a refresh token nor the header.
        """
        if _asks_for_cookie(request):
            self._check_origin(request)
        if not has_refresh_token(message.DESCRIPTOR.fields_by_name) or message.HasField(
            "refresh_token"
        ):
            return
        if not _asks_for_cookie(request):
            advice = f"is missing. Send the refresh token, or the header {HEADER}: {COOKIE}"
            raise InvalidInput.of("refreshToken", advice)
        token = request.cookies.get(self._name)
        if not token and isinstance(message, auth_pb2.LogoutRequest):
            return
        if not token:
            raise Unauthenticated("You are not signed in.", code="bad_refresh_token")
        setattr(message, "refresh_token", token)  # noqa: B010 (the type is not known)

    def take(self, request: Request, message: Message) -> None:
        """Move the refresh token of a response into the cookie, if the request asks for this."""
        if not (_asks_for_cookie(request) and has_refresh_token(message.DESCRIPTOR.fields_by_name)):
            return
        if not message.HasField("refresh_token"):
            return
        token = str(getattr(message, "refresh_token"))  # noqa: B009 (the type is not known)
        message.ClearField("refresh_token")
        self._set(token, int(REFRESH_LIFETIME.total_seconds()))

    def delete(self, request: Request) -> None:
        """Delete the cookie, if the request asks for a cookie."""
        if _asks_for_cookie(request):
            self._set("", 0)

    def _set(self, token: str, max_age: int) -> None:
        @after_this_request
        def set_cookie(response: Response) -> Response:
            response.set_cookie(
                self._name,
                token,
                max_age=max_age,
                path=_PATH,
                secure=self._is_https,
                httponly=True,
                samesite="Strict",
            )
            return response

    def _check_origin(self, request: Request) -> None:
        """Raise `Forbidden` if a browser says that the request comes from another site."""
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        is_own = site == "same-origin" if site else origin in (None, self._origin)
        if not is_own:
            raise Forbidden(
                "A page of another site can't use this session.", code="cross_site_request"
            )


def _asks_for_cookie(request: Request) -> bool:
    return request.headers.get(HEADER, "").strip().lower() == COOKIE
