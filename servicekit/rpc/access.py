"""Read a method's rules from the contract: who may call it, and whether a call may be repeated."""

from dataclasses import dataclass
from functools import cache

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from servicekit.errors import Forbidden, Unauthenticated
from servicekit.identity import GATEWAY, Identity
from servicekit.modes import NotInTestMode
from smsblaster.options.v1 import access_pb2

ORG_ADMIN_ROLES = frozenset({"owner", "admin", "ADMIN"})
PLATFORM_ADMIN_ROLE = "ADMIN"
_SIGN_IN = "Sign in first: send Authorization: Bearer <access token or API key>."

Caller = access_pb2.Caller


@dataclass(frozen=True, slots=True)
class MethodRules:
    """A method's rules. ``safe_to_retry``: a repeated call does no harm."""

    descriptor: MethodDescriptor
    access: access_pb2.Access
    safe_to_retry: bool


@cache
def rules_of(full_name: str) -> MethodRules:
    """Return the rules of ``/package.Service/Method``.

    Raises ``LookupError`` for a method that is not in the contract or has no access option. So no
    method can be open to everybody by mistake.
    """
    service_name, _, method_name = full_name.strip("/").partition("/")
    service = descriptor_pool.Default().FindServiceByName(service_name)
    method = service.methods_by_name[method_name]
    options = method.GetOptions()
    access = options.Extensions[access_pb2.access]
    if access.caller == Caller.CALLER_UNSPECIFIED:
        raise LookupError(f"{full_name} has no access option")
    is_read = options.Extensions[annotations_pb2.http].HasField("get")
    declared = options.idempotency_level != descriptor_pb2.MethodOptions.IDEMPOTENCY_UNKNOWN
    return MethodRules(method, access, is_read or declared)


def is_live_only(access: access_pb2.Access) -> bool:
    """Return whether test mode refuses the method.

    Operators' methods change live organisations, also if the operator's own mode is test mode.
    """
    return access.live_only or access.caller == Caller.CALLER_PLATFORM_ADMIN


def check_access(access: access_pb2.Access, identity: Identity | None) -> None:
    """Raise ``Unauthenticated`` or ``Forbidden`` unless ``identity`` may call."""
    if access.caller == Caller.CALLER_PUBLIC:
        return
    if identity is None:
        raise Unauthenticated(_SIGN_IN)
    if identity.is_test and is_live_only(access):
        raise NotInTestMode
    if access.caller == Caller.CALLER_SERVICE:
        if identity.service == GATEWAY:
            raise Forbidden("Only the platform itself can call this.")
        return
    if access.caller == Caller.CALLER_GATEWAY and identity.service != GATEWAY:
        raise Forbidden("Only the gateway can call this.")
    if identity.service == GATEWAY and not identity.is_user:
        raise Unauthenticated(_SIGN_IN)
    if access.caller == Caller.CALLER_ORG_ADMIN and not identity.roles & ORG_ADMIN_ROLES:
        raise Forbidden("Only the organisation's owner or an admin can do this.")
    if access.caller == Caller.CALLER_PLATFORM_ADMIN and PLATFORM_ADMIN_ROLE not in identity.roles:
        raise Forbidden("Only an operator of the platform can do this.")
