"""The form of API keys: make a new key, recognise a test key, and show the start of a key."""

from services.gateway.domain.opaque_tokens import new_token, token_hash

PREFIX = "sk_"
TEST_PREFIX = "sk_test_"
SEND = "send"
"""The scope that allows a key to send messages."""
_SHOWN_RANDOM = 6


def new_key(*, is_test: bool) -> str:
    """Return a new key of 256 random bits."""
    return _prefix(is_test) + new_token()


def key_hash(key: str) -> bytes:
    """Return the hash under which `key` is stored.

    The previous release knows no test keys. With its own kind of hash it can't find one, so it
    refuses the key instead of sending real texts for it.
    """
    return token_hash(f"test mode:{key}" if key.startswith(TEST_PREFIX) else key)


def shown_part(key: str) -> str:
    """Return the start of `key`: enough for people to recognise the key, too little to use it."""
    return key[: len(_prefix(key.startswith(TEST_PREFIX))) + _SHOWN_RANDOM]


def _prefix(is_test: bool) -> str:
    return TEST_PREFIX if is_test else PREFIX
