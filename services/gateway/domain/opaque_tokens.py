"""Opaque tokens of 256 random bits, stored as hashes, and the lifetime of each kind."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from servicekit import base64url
from servicekit.errors import InvalidInput

REFRESH_LIFETIME = timedelta(days=30)
RESET_LIFETIME = timedelta(hours=1)
VERIFICATION_LIFETIME = timedelta(days=2)
INVITATION_LIFETIME = timedelta(days=7)
CHALLENGE_LIFETIME = timedelta(minutes=5)
REFRESH_GRACE = timedelta(seconds=30)
"""How long a used refresh token can still be exchanged for its successor."""
_BYTES = 32
_SUCCESSOR = b"the refresh token after "


def new_token() -> str:
    """Return a new random token of 256 bits."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> bytes:
    """Return the stored hash of `token`. A plain SHA-256 is enough for random tokens."""
    return hashlib.sha256(token.encode()).digest()


def successor_of(token: str, key: bytes) -> str:
    """Return the refresh token that `token` is exchanged for.

    The result is the same for each request, so it is not stored. Only a process with the platform's
    secret `key` can compute it.
    """
    return base64url.encode(hmac.digest(key, _SUCCESSOR + token.encode(), "sha256"))


def bad_token() -> InvalidInput:
    """Return the error for a mailed token that is unknown, used or expired.

    The error does not reveal which of the three is true.
    """
    return InvalidInput.of("token", "This link has expired. Request a new email.", "bad_token")
