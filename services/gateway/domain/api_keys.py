"""How API keys look: make a new key, and show the start of one."""

from services.gateway.domain.opaque_tokens import new_token

PREFIX = "sk_"
SEND = "send"
"""The scope that allows a key to send messages."""
_SHOWN = len(PREFIX) + 6


def new_key() -> str:
    """Return a new API key of 256 random bits."""
    return PREFIX + new_token()


def shown_part(key: str) -> str:
    """Return the start of `key`: enough for people to recognise the key, too little to use it."""
    return key[:_SHOWN]
