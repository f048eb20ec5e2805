"""Opaque tokens: 256 random bits, kept as a hash only. How long each kind of them is good."""

import hashlib
import secrets
from datetime import timedelta

REFRESH_LIFETIME = timedelta(days=30)
RESET_LIFETIME = timedelta(hours=1)
VERIFICATION_LIFETIME = timedelta(days=2)
INVITATION_LIFETIME = timedelta(days=7)
_BYTES = 32


def new_token() -> str:
    """A token of 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> bytes:
    """What is kept of ``token``; its randomness makes a plain SHA-256 enough."""
    return hashlib.sha256(token.encode()).digest()
