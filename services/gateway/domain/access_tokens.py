"""Issue and verify access tokens: RS256 JWTs that are valid for fifteen minutes.

The rules are stricter than those of a JWT library: one algorithm, only our own keys (found by their
``kid``), a fixed issuer, exactly one audience, all claims present, and no lifetime that is longer
than that of our own tokens. A list of audiences is refused, since another service in the list could
use the token here.

All times come from the database's clock, which is the same for every replica.
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
"""How many seconds the database's clock can be set back before older tokens become invalid."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key. `kid` identifies it in tokens and in the published key set."""

    kid: str
    private: RSAPrivateKey

    @property
    def public(self) -> RSAPublicKey:
        """The public key of this pair, which verifies tokens."""
        return self.private.public_key()


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The claims of a token. `expires_at` is in Unix time.

    `email_verified` is the state when the token was issued; requests use the current state.
    """

    user_id: UUID
    org_id: UUID
    org_name: str
    roles: Sequence[str]
    session_id: UUID
    expires_at: int
    email_verified: bool = False

    def is_valid_at(self, now: datetime) -> bool:
        """Return whether the token is valid at `now`, by the database's clock."""
        left = self.expires_at - now.timestamp()
        return 0 < left <= LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS


def expiry(issued_at: datetime) -> int:
    """Return the time at which a token issued at `issued_at` expires, in Unix time."""
    return int(issued_at.timestamp()) + LIFETIME_SECONDS


def issue(claims: AccessClaims, key: SigningKey) -> str:
    """Return a signed token with `claims`."""
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
    """Return the claims of a token that one of our keys signed.

    The token may have expired; see ``AccessClaims.is_valid_at``.

    Args:
        token: The token.
        key_of: Returns the key with this ``kid``, or None if there is no such key.

    Raises:
        Unauthenticated: The token is not valid.
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
        raise Unauthenticated("The access token is invalid.") from None


def _decode(token: str, key: SigningKey | None) -> Mapping[str, Any]:
    if key is None:
        raise ValueError("none of our keys has this kid")
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
        raise ValueError("the lifetime is too long")
    return payload
