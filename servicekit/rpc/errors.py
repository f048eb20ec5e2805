"""Carry domain errors over gRPC: convert them to a status with details, and back."""

import json
from typing import cast

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from servicekit.errors import (
    Blocked,
    Busy,
    Conflict,
    CrossOrgAccess,
    DomainError,
    FieldError,
    Forbidden,
    Gone,
    InsufficientBalance,
    InternalTokenRefused,
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

ERROR_DOMAIN = "smsblaster"
# An error travels in the call's metadata, whose size is limited (``rpc.client``).
_MAX_TEXT = 300
# The statuses of calls to a service that can't be reached. A server that stops answers CANCELLED to
# a call that it has not begun.
_AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        # During an installation: the other side is of the release before, which lacks the method.
        grpc.StatusCode.UNIMPLEMENTED,
    }
)

_KINDS: dict[str, type[DomainError]] = {
    kind.__name__: kind
    for kind in (
        InvalidInput,
        PayloadTooLarge,
        Unauthenticated,
        InternalTokenRefused,
        Forbidden,
        CrossOrgAccess,
        InsufficientBalance,
        NotFound,
        Gone,
        Conflict,
        PreconditionFailed,
        TooManyRequests,
        Unavailable,
        Busy,
        Blocked,
    )
}


def to_rpc(error: DomainError) -> grpc.Status:
    """Return the gRPC status, with details, that carries ``error``."""
    metadata = {"kind": _kind(error)}
    if isinstance(error, InvalidInput) and error.further:
        metadata["further"] = str(error.further)
    if error.facts:
        metadata["facts"] = json.dumps(error.facts, separators=(",", ":"))
    info = error_details_pb2.ErrorInfo(reason=error.code, domain=ERROR_DOMAIN, metadata=metadata)
    details = [_packed(info)]
    if error.fields:
        bad = error_details_pb2.BadRequest()
        for fault in error.fields:
            bad.field_violations.add(field=fault.field, description=fault.message[:_MAX_TEXT])
        details.append(_packed(bad))
    status = status_pb2.Status(
        code=error.grpc_status.value[0], message=error.message[:_MAX_TEXT], details=details
    )
    converted: grpc.Status = rpc_status.to_status(status)
    return converted


def from_rpc(error: grpc.aio.AioRpcError) -> DomainError:
    """Return the domain error behind a failed call.

    A call that failed without a domain error (the service was stopped or can't be reached, or the
    deadline has passed) becomes ``Unavailable``. So does a call whose internal token was refused.
    In both cases the platform is at fault, not the caller. An unexpected failure is a plain
    ``DomainError``.
    """
    # The error has code, details and trailing metadata, and ``from_call`` needs nothing more of a
    # call.
    status = rpc_status.from_call(cast(grpc.Call, error))
    if status is not None:
        known = _from_status(status)
        if isinstance(known, InternalTokenRefused):
            return _away()
        if known is not None:
            return known
    if error.code() in _AWAY:
        return _away()
    return DomainError("Something went wrong on our side. Try again later.")


def _away() -> Unavailable:
    return Unavailable("A part of the platform is not responding. Try again in a moment.")


def _kind(error: DomainError) -> str:
    # A class of error that only one service has is sent as its nearest base class that every
    # service has.
    names = (kind.__name__ for kind in type(error).__mro__)
    return next((name for name in names if name in _KINDS), "")


def _from_status(status: status_pb2.Status) -> DomainError | None:
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    kind = _KINDS.get(info.metadata.get("kind", ""))
    if info.domain != ERROR_DOMAIN or kind is None or status.code == code_pb2.OK:
        return None
    error = _of_kind(kind, status, info, bad)
    error.facts = json.loads(info.metadata.get("facts", "{}"))
    return error


def _of_kind(
    kind: type[DomainError],
    status: status_pb2.Status,
    info: error_details_pb2.ErrorInfo,
    bad: error_details_pb2.BadRequest,
) -> DomainError:
    if issubclass(kind, InvalidInput):
        faults = [FieldError(f.field, f.description) for f in bad.field_violations]
        return kind(faults, info.reason, int(info.metadata.get("further", "0")))
    return kind(status.message, info.reason)


def _packed(message: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
