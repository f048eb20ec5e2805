"""The identity of a caller within the platform, and the internal tokens that carry it.

The gateway signs a short-lived token for each call with the user's identity; services sign their
own when they call each other or work by themselves. Every gRPC server verifies the token, so no
unauthenticated caller can make gRPC calls.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import jwt
from cachetools import TLRUCache, TTLCache

from servicekit.errors import Forbidden, InternalTokenRefused, Unauthenticated
from servicekit.modes import is_test, live_org_of, org_in_test_mode
from servicekit.telemetry import clocks

GATEWAY = "gateway"
TOKEN_SECONDS = 60
CLOCK_TOLERANCE_SECONDS = 60
"""How far the clocks of a service and of its caller may differ."""

_MAX_CACHED = 1000
_SET_BY_SECONDS = 5.0
_AUDIENCE = "smsblaster-internal"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, and for which organisation.

    ``service`` is the service that signed the token. If it is the gateway, a user made the call. If
    it is another service, the platform made the call, perhaps for a user. ``email`` is the user's
    address, and ``email_verified`` tells whether they have proved that it is theirs.
    ``org_time_zone`` is the IANA name of the zone in which the organisation counts its days.
    ``may_send`` is False for an API key without the scope ``send``.
    """

    service: str
    org_id: UUID | None = None
    user_id: UUID | None = None
    org_name: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    email_verified: bool = False
    org_time_zone: str = "UTC"
    may_send: bool = True
    email: str = ""

    @property
    def is_user(self) -> bool:
        """Whether a user called through the gateway; False if a service called by itself."""
        return self.service == GATEWAY and self.user_id is not None

    def require_org(self) -> UUID:
        """Return the organisation's id. Raises ``Unauthenticated`` if the caller has none."""
        if self.org_id is None:
            raise Unauthenticated("Only members of an organisation can do this.")
        return self.org_id

    @property
    def is_test(self) -> bool:
        """Whether the caller is in test mode."""
        return self.org_id is not None and is_test(self.org_id)

    def in_live_mode(self) -> "Identity":
        """Return this caller in the live organisation, which has the members of both modes."""
        return replace(self, org_id=live_org_of(self.require_org())) if self.is_test else self

    def in_test_mode(self) -> "Identity":
        """Return this caller in the test organisation."""
        return replace(self, org_id=org_in_test_mode(live_org_of(self.require_org())))

    def require_user(self) -> UUID:
        """Return the user's id. Raises ``Unauthenticated`` if the caller is not a user."""
        if self.user_id is None:
            raise Unauthenticated("Only a signed-in user can do this.")
        return self.user_id


_current: ContextVar[Identity | None] = ContextVar("identity", default=None)


def current() -> Identity:
    """Return the identity of the call being served; raise ``Unauthenticated`` outside of one."""
    identity = _current.get()
    if identity is None:
        raise Unauthenticated("There is no caller.")
    return identity


def require_verified_email(required: bool) -> None:
    """Raise ``Forbidden`` email_not_verified if verification is ``required`` and is missing.

    Every method that sends texts for a user calls this function. ``required`` is the setting
    REQUIRE_VERIFIED_EMAIL.
    """
    if required and not current().email_verified:
        raise Forbidden(
            "Verify your email address before you send texts. Use the link that we mailed you.",
            "email_not_verified",
        )


def require_send_scope() -> None:
    """Raise ``Forbidden`` api_key_scope if the caller is an API key that may not send.

    For routes that do not need the scope ``send`` themselves but cause texts to be sent later.
    """
    if not current().may_send:
        raise Forbidden("This needs an API key with the scope `send`.", "api_key_scope")


@contextmanager
def acting_as(identity: Identity) -> Iterator[None]:
    """Make ``identity`` the caller within the ``with`` block.

    This is used to serve a call, and for work of the platform itself.
    """
    token = _current.set(identity)
    try:
        yield
    finally:
        _current.reset(token)


@dataclass(frozen=True, slots=True)
class _Verified:
    identity: Identity
    seconds_left: float


def _steady() -> float:
    return time.monotonic()  # tests replace it


def _expiry(_token: str, verified: _Verified, now: float) -> float:
    return now + verified.seconds_left


class TokenSigner:
    """Signs and verifies internal tokens with the platform's shared secret (HS256).

    A token is valid for a minute and used for half a minute, so that the next calls need no new
    signature. Clocks may differ by ``CLOCK_TOLERANCE_SECONDS``. If they differ by more, a token is
    refused and logged (``InternalTokenRefused``); callers treat that as an outage. Tokens are
    signed with ``key``; those signed with one of ``accepted`` are valid too, so that a key can be
    replaced without a stop.
    """

    def __init__(self, service: str, key: bytes, *accepted: bytes) -> None:
        self.service = service
        self._key = key
        self._keys = (key, *accepted)
        self._signed: TTLCache[Identity, str] = TTLCache(
            _MAX_CACHED, TOKEN_SECONDS / 2, timer=_steady
        )
        self._verified: TLRUCache[str, _Verified] = TLRUCache(_MAX_CACHED, _expiry, timer=_steady)
        self._wall_minus_monotonic = time.time() - time.monotonic()

    def sign(self, identity: Identity) -> str:
        """Return a token for ``identity``, valid for at least half a minute."""
        self._clear_if_clock_was_set()
        token = self._signed.get(identity)
        if token is None:
            token = self._signed[identity] = self._sign(identity, int(time.time()))
        return token

    def _sign(self, identity: Identity, now: int) -> str:
        claims = {
            "iss": self.service,
            "aud": _AUDIENCE,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "org": str(identity.org_id) if identity.org_id else None,
            "user": str(identity.user_id) if identity.user_id else None,
            "orgName": identity.org_name,
            "roles": sorted(identity.roles),
            "emailVerified": identity.email_verified,
            "orgTimeZone": identity.org_time_zone,
            "maySend": identity.may_send,
            "email": identity.email,
        }
        return jwt.encode(claims, self._key, algorithm="HS256")

    def sign_current(self) -> str:
        """Return a token for the identity being served, signed again by this service."""
        identity = _current.get() or Identity(self.service)
        return self.sign(replace(identity, service=self.service))

    def verify(self, token: str) -> Identity:
        """Return the identity that ``token`` carries. Raises ``InternalTokenRefused``."""
        self._clear_if_clock_was_set()
        verified = self._verified.get(token)
        if verified is None:
            verified = self._verified[token] = self._verify(token)
        return verified.identity

    def _clear_if_clock_was_set(self) -> None:
        """Empty the caches if the wall clock was set, because their times are then wrong."""
        difference = time.time() - time.monotonic()
        if abs(difference - self._wall_minus_monotonic) > _SET_BY_SECONDS:
            self._wall_minus_monotonic = difference
            self._signed.clear()
            self._verified.clear()

    def _verify(self, token: str) -> _Verified:
        try:
            claims = self._decode(token)
            seconds_left = _seconds_left(claims)
            identity = Identity(
                service=claims["iss"],
                org_id=UUID(claims["org"]) if claims["org"] else None,
                user_id=UUID(claims["user"]) if claims["user"] else None,
                org_name=claims["orgName"],
                roles=frozenset(claims["roles"]),
                # Signers of the previous release do not send these claims.
                email_verified=claims.get("emailVerified") is True,
                org_time_zone=claims.get("orgTimeZone", "UTC"),
                may_send=claims.get("maySend", True) is True,
                email=claims.get("email", ""),
            )
        except (jwt.PyJWTError, AttributeError, KeyError, ValueError, TypeError):
            raise InternalTokenRefused("The internal token is invalid.") from None
        return _Verified(identity, seconds_left)

    def _decode(self, token: str) -> dict[str, Any]:
        """Return the claims of a token signed with any of our keys. Raises ``jwt.PyJWTError``."""
        for key in self._keys[:-1]:
            with suppress(jwt.InvalidSignatureError):
                return _decode(token, key)
        return _decode(token, self._keys[-1])


def _decode(token: str, key: bytes) -> dict[str, Any]:
    """Return the claims of a token signed with ``key``, without checking its times.

    Raises ``jwt.PyJWTError``.
    """
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["HS256"],
        audience=_AUDIENCE,
        options={
            "require": ["exp", "iat", "iss", "aud"],
            "strict_aud": True,
            "verify_exp": False,
            "verify_iat": False,
        },
    )
    return claims


def _seconds_left(claims: Mapping[str, Any]) -> float:
    """Return the seconds left for the token; raise ``ValueError`` if it is too old.

    Records how far the signer's clock is from ours.
    """
    now = time.time()
    signed_at, expires_at = float(claims["iat"]), float(claims["exp"])
    age = now - signed_at
    clocks.note_offset(f"service {claims['iss']}", -max(age - TOKEN_SECONDS / 2, min(age, 0)))
    if age < -CLOCK_TOLERANCE_SECONDS or now >= expires_at + CLOCK_TOLERANCE_SECONDS:
        raise ValueError("the clocks differ, or the token is old")
    return min(expires_at - now, TOKEN_SECONDS)
