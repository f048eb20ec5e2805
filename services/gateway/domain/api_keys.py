"""API keys: what they look like, and what their scopes open."""

from collections.abc import Set

from servicekit.errors import Forbidden
from services.gateway.domain.opaque_tokens import new_token
from smsblaster.options.v1.access_pb2 import (
    RATE_CLASS_READ,
    RATE_CLASS_SEND,
    RATE_CLASS_WRITE,
    Access,
    RateClass,
)

PREFIX = "sk_"
SEND = "send"
_SHOWN = len(PREFIX) + 6
_OPENED_BY: dict[RateClass.ValueType, str] = {
    RATE_CLASS_READ: "read",
    RATE_CLASS_WRITE: "write",
    RATE_CLASS_SEND: SEND,
}


def new_key() -> str:
    """A key of 256 random bits."""
    return PREFIX + new_token()


def shown_part(key: str) -> str:
    """How ``key`` begins: enough to tell it from others, and of no use to anybody."""
    return key[:_SHOWN]


def check_scopes(access: Access, scopes: Set[str] | None) -> None:
    """Raise ``Forbidden`` (api_key_scope) unless a key with ``scopes`` may call.

    ``scopes`` is None for a person's session, which is bound by its role alone.
    """
    if scopes is None:
        return
    if access.session_only:
        raise Forbidden("An API key may not do this; sign in.", code="api_key_scope")
    needed = _OPENED_BY.get(access.rate_class)
    if needed not in scopes:
        raise Forbidden(f"This needs an API key with the scope {needed}.", code="api_key_scope")
