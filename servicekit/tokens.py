"""Internal tokens, which carry the identity of a caller from service to service.

The gateway signs a short-lived token for each call with the user's identity; services sign their
own when they call each other or work by themselves. Every gRPC server verifies the token, so no
unauthenticated caller can make gRPC calls.

Each service signs with a key of its own, and a token is for one service. So a service can neither
pretend to be another one, nor use a token that it was sent.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import jwt
from cachetools import TLRUCache, TTLCache

from servicekit.errors import InternalTokenRefused
from servicekit.identity import GATEWAY, Identity, current_or_none
from servicekit.service_keys import NO_KEYS, ServiceKeys
from servicekit.settings import ServiceSettings
from servicekit.telemetry import clocks

TOKEN_SECONDS = 60
CLOCK_TOLERANCE_SECONDS = 60
"""How many seconds the clocks of a service and of its caller may differ."""

_MAX_CACHED = 1000
_SET_BY_SECONDS = 5.0
_AUDIENCE = "smsblaster-internal"
"""The audience of a token that the shared secret signs, which is for every service."""

_SHARED, _OWN = "HS256", "EdDSA"
# The other services can only speak for themselves. The webhooks service is reached by anybody.
_SPEAK_FOR_ORGANISATIONS = frozenset({GATEWAY, "messaging", "campaigns"})
# Packages of the contract that are not named as the service that serves them.
_SERVED_BY = {"events": "campaigns"}


@dataclass(frozen=True, slots=True)
class _Verified:
    identity: Identity
    seconds_left: float


def _steady() -> float:
    return time.monotonic()  # tests replace it


def _expiry(_token: str, verified: _Verified, now: float) -> float:
    return now + verified.seconds_left


def target_of(method: str) -> str:
    """Return the service that serves the method ``/smsblaster.billing.v1.Service/Method``."""
    package = method.split(".")[1]
    return _SERVED_BY.get(package, package)


class TokenSigner:
    """Signs and verifies internal tokens.

    A token is valid for a minute and used for half a minute, so that the next calls need no new
    signature. Clocks may differ by ``CLOCK_TOLERANCE_SECONDS``. If they differ by more, a token is
    refused and logged (``InternalTokenRefused``); callers treat that as an outage.

    ``keys`` are the service's own key (Ed25519) and the public keys of all services. Without an own
    key, the first of the ``shared`` secrets signs (HS256). Tokens of each of these secrets are
    accepted, so that services with keys of their own can work beside services without.
    """

    def __init__(self, service: str, *shared: bytes, keys: ServiceKeys = NO_KEYS) -> None:
        self.service = service
        self._shared = shared
        self._keys = keys
        self._signed: TTLCache[tuple[Identity, str], str] = TTLCache(
            _MAX_CACHED, TOKEN_SECONDS / 2, timer=_steady
        )
        self._verified: TLRUCache[str, _Verified] = TLRUCache(_MAX_CACHED, _expiry, timer=_steady)
        self._wall_minus_monotonic = time.time() - time.monotonic()

    def sign(self, identity: Identity, target: str = "") -> str:
        """Return a token for ``identity``, valid for at least half a minute.

        ``target`` is the service that may accept it.
        """
        self._clear_if_clock_was_set()
        token = self._signed.get((identity, target))
        if token is None:
            claims = _claims(identity, int(time.time()))
            token = self._signed[identity, target] = self._sign(claims, target)
        return token

    def _sign(self, claims: Mapping[str, Any], target: str) -> str:
        if self._keys.own is not None:
            given = {**claims, "aud": _audience(target)}
            return jwt.encode(given, self._keys.own, _OWN, headers={"kid": self.service})
        if not self._shared:
            raise RuntimeError("This process has no INTERNAL_SIGNING_KEY, so it can make no calls.")
        return jwt.encode({**claims, "aud": _AUDIENCE}, self._shared[0], _SHARED)

    def sign_current(self, target: str = "") -> str:
        """Return a token for the identity being served, signed again by this service."""
        served = current_or_none()
        if served is None or self.service not in _SPEAK_FOR_ORGANISATIONS:
            served = Identity(self.service)
        return self.sign(replace(served, service=self.service), target)

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
            identity = _identity(claims)
        except (jwt.PyJWTError, AttributeError, KeyError, ValueError, TypeError):
            raise InternalTokenRefused("The internal token is invalid.") from None
        return _Verified(identity, seconds_left)

    def _decode(self, token: str) -> dict[str, Any]:
        """Return the claims of a token with a valid signature. Raises ``jwt.PyJWTError``."""
        header = jwt.get_unverified_header(token)
        if header["alg"] == _OWN:
            return self._decode_own(token, header["kid"])
        return _decode(token, self._shared, _SHARED, _AUDIENCE)

    def _decode_own(self, token: str, service: str) -> dict[str, Any]:
        """Return the claims of a token that ``service`` has signed, if it may make them."""
        keys = self._keys.public.get(service, ())
        claims = _decode(token, keys, _OWN, _audience(self.service))
        named = claims["org"] or claims["user"] or claims["roles"]
        if claims["iss"] != service or (named and service not in _SPEAK_FOR_ORGANISATIONS):
            raise ValueError(f"{service} may not claim this")
        return claims


def signer_of(service: str, settings: ServiceSettings) -> TokenSigner:
    """Return the signer of a process of ``service``. Exits if its keys don't fit together."""
    keys = settings.service_keys()
    if not keys.knows(service):
        raise SystemExit(
            f"Can't start: INTERNAL_PUBLIC_KEYS has no key of {service} that fits its"
            " INTERNAL_SIGNING_KEY, so other services would refuse its calls."
        )
    return TokenSigner(service, *settings.shared_token_keys(), keys=keys)


def _audience(target: str) -> str:
    return f"smsblaster-{target}"


def _claims(identity: Identity, now: int) -> dict[str, Any]:
    return {
        "iss": identity.service,
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


def _identity(claims: Mapping[str, Any]) -> Identity:
    return Identity(
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


def _decode(token: str, keys: Any, algorithm: str, audience: str) -> dict[str, Any]:
    """Return the claims of a token signed with one of ``keys``, without checking its times.

    Raises ``jwt.PyJWTError``.
    """
    for key in keys:
        with suppress(jwt.InvalidSignatureError):
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=audience,
                options={
                    "require": ["exp", "iat", "iss", "aud"],
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
            return claims
    raise jwt.InvalidSignatureError


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
