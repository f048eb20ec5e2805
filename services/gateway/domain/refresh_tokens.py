"""Refresh tokens: opaque, single use, kept as a hash only."""

import hashlib
import secrets
from datetime import timedelta

LIFETIME = timedelta(days=30)
_BYTES = 32


def new_refresh_token() -> str:
    """A token of 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> bytes:
    """What is kept of ``token``; its randomness makes a plain SHA-256 enough."""
    return hashlib.sha256(token.encode()).digest()
