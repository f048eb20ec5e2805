"""Access tokens: RS256 JWTs of fifteen minutes, verified by fixed rules.

The rules close what a JWT library leaves open: one algorithm, keys from our own map by ``kid``,
issuer and audience fixed, every claim required, and no token that lives longer than we make them.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from servicekit.errors import Unauthenticated

LIFETIME_SECONDS = 15 * 60
ISSUER = "smsblaster"
AUDIENCE = "smsblaster-api"
_ALGORITHM = "RS256"
_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid", "orgId"]
_CLOCK_SKEW_SECONDS = 5


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key; ``kid`` names it in tokens and in the published key set."""

    kid: str
    private: RSAPrivateKey

    @property
    def public(self) -> RSAPublicKey:
        """The half that verifies."""
        return self.private.public_key()


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """Whom a token was issued to, in which session, and until when (Unix time).

    ``email_verified`` is what was so then; requests are served by what is so now.
    """

    user_id: UUID
    org_id: UUID
    org_name: str
    roles: Sequence[str]
    session_id: UUID
    expires_at: int
    email_verified: bool = False


def next_expiry() -> int:
    """When a token that is issued now expires (Unix time)."""
    return int(time.time()) + LIFETIME_SECONDS


def issue(claims: AccessClaims, key: SigningKey) -> str:
    """A token that says ``claims``."""
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "userId": str(claims.user_id),
        "orgId": str(claims.org_id),
        "orgName": claims.org_name,
        "roles": list(claims.roles),
        "email_verified": claims.email_verified,
        "sid": str(claims.session_id),
        "iat": claims.expires_at - LIFETIME_SECONDS,
        "exp": claims.expires_at,
    }
    return jwt.encode(payload, key.private, algorithm=_ALGORITHM, headers={"kid": key.kid})


def verify(token: str, key_of: Callable[[str], SigningKey | None]) -> AccessClaims:
    """What ``token`` claims; ``key_of`` finds the key that its ``kid`` names.

    Raises ``Unauthenticated``.
    """
    try:
        payload = _decode(token, key_of(str(jwt.get_unverified_header(token).get("kid"))))
        return AccessClaims(
            user_id=UUID(payload["sub"]),
            org_id=UUID(payload["orgId"]),
            org_name=str(payload["orgName"]),
            roles=tuple(payload["roles"]),
            session_id=UUID(payload["sid"]),
            expires_at=int(payload["exp"]),
            email_verified=payload.get("email_verified") is True,
        )
    except (jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise Unauthenticated("The access token is not valid or has expired.") from None


def _decode(token: str, key: SigningKey | None) -> Mapping[str, Any]:
    if key is None:
        raise ValueError("no key of ours has this kid")
    payload: Mapping[str, Any] = jwt.decode(
        token,
        key.public,
        algorithms=[_ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        leeway=_CLOCK_SKEW_SECONDS,
        options={"require": _REQUIRED},
    )
    if not 0 < payload["exp"] - payload["iat"] <= LIFETIME_SECONDS:
        raise ValueError("longer than tokens live")
    return payload
