"""API keys: what they look like, and what their scopes open."""

from collections.abc import Set

from servicekit.errors import Forbidden
from services.gateway.domain.opaque_tokens import new_token
from smsblaster.options.v1.access_pb2 import (
    CALLER_PLATFORM_ADMIN,
    KEY_SCOPE_ADMIN,
    KEY_SCOPE_SEND,
    RATE_CLASS_READ,
    RATE_CLASS_SEND,
    RATE_CLASS_WRITE,
    Access,
    KeyScope,
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
_OPENED_INSTEAD: dict[KeyScope.ValueType, str] = {KEY_SCOPE_SEND: SEND, KEY_SCOPE_ADMIN: "admin"}


def new_key() -> str:
    """A key of 256 random bits."""
    return PREFIX + new_token()


def shown_part(key: str) -> str:
    """How ``key`` begins: enough to tell it from others, and of no use to anybody."""
    return key[:_SHOWN]


def scope_for(access: Access) -> str | None:
    """The scope that a key needs to call; None for what no key may call."""
    if access.session_only or access.caller == CALLER_PLATFORM_ADMIN:
        return None
    return _OPENED_INSTEAD.get(access.key_scope, _OPENED_BY.get(access.rate_class))


def check_scopes(access: Access, scopes: Set[str] | None) -> None:
    """Raise ``Forbidden`` (api_key_scope) unless a key with ``scopes`` may call.

    ``scopes`` is None for a person's session, which is bound by its role alone.
    """
    if scopes is None:
        return
    needed = scope_for(access)
    if needed is None:
        raise Forbidden("An API key may not do this; sign in.", code="api_key_scope")
    if needed not in scopes:
        raise Forbidden(f"This needs an API key with the scope {needed}.", code="api_key_scope")
