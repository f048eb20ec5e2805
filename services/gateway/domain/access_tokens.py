"""Access tokens: RS256 JWTs of fifteen minutes, verified by fixed rules.

The rules close what a JWT library leaves open: one algorithm, keys from our own map by ``kid``,
issuer fixed, one audience and no list of them, every claim required, and no token that lives longer
than we make them. A list that names others beside us would be a token that they may pass on.

All times are by the database's clock, which is the same one for every replica.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
CLOCK_TOLERANCE_SECONDS = LIFETIME_SECONDS
"""How far the database's clock may be set back without ending the tokens of the time before."""


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

    def is_good_at(self, now: datetime) -> bool:
        """Whether the token may be used at ``now``, by the database's clock."""
        left = self.expires_at - now.timestamp()
        return 0 < left <= LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS


def expiry(issued_at: datetime) -> int:
    """When a token that is issued then expires (Unix time)."""
    return int(issued_at.timestamp()) + LIFETIME_SECONDS


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

    Whether it is still good, ``AccessClaims.is_good_at`` says. Raises ``Unauthenticated``.
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
        raise Unauthenticated("The access token is not valid.") from None


def _decode(token: str, key: SigningKey | None) -> Mapping[str, Any]:
    if key is None:
        raise ValueError("no key of ours has this kid")
    payload: Mapping[str, Any] = jwt.decode(
        token,
        key.public,
        algorithms=[_ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={
            "require": _REQUIRED,
            "strict_aud": True,
            "verify_exp": False,
            "verify_iat": False,
        },
    )
    if not 0 < payload["exp"] - payload["iat"] <= LIFETIME_SECONDS:
        raise ValueError("longer than tokens live")
    return payload
