"""The scopes of API keys, and the methods that each scope allows."""

from collections.abc import Set

from servicekit.errors import Forbidden
from services.gateway.domain.api_keys import SEND
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

_BY_RATE_CLASS: dict[RateClass.ValueType, str] = {
    RATE_CLASS_READ: "read",
    RATE_CLASS_WRITE: "write",
    RATE_CLASS_SEND: SEND,
}
# If the contract gives a method a key scope, it takes precedence over the method's rate class.
_BY_KEY_SCOPE: dict[KeyScope.ValueType, str] = {KEY_SCOPE_SEND: SEND, KEY_SCOPE_ADMIN: "admin"}


def scope_for(access: Access) -> str | None:
    """Return the scope that a key needs for a method, or None if no key may call it."""
    if access.session_only or access.caller == CALLER_PLATFORM_ADMIN:
        return None
    return _BY_KEY_SCOPE.get(access.key_scope, _BY_RATE_CLASS.get(access.rate_class))


def check_scopes(access: Access, scopes: Set[str] | None) -> None:
    """Raise `Forbidden` (api_key_scope) unless a key with `scopes` may call a method.

    `scopes` is None for a session, which is limited by the user's role only.
    """
    if scopes is None:
        return
    needed = scope_for(access)
    if needed is None:
        raise Forbidden("API keys can't do this. Sign in instead.", code="api_key_scope")
    if needed not in scopes:
        raise Forbidden(f"This needs an API key with the scope {needed}.", code="api_key_scope")
