"""Domain errors, and the one table of what each means on the wire.

::

    DomainError
    ├── InvalidInput        422  the caller's data; names the fields
    │   └── PayloadTooLarge 413
    ├── Unauthenticated     401
    ├── Forbidden           403
    │   └── CrossOrgAccess  403  an id of another organisation: a security event
    ├── InsufficientBalance 402
    ├── NotFound            404
    │   └── Gone            410  it was there, and its time is over
    ├── Conflict            409  the thing's state does not allow it
    ├── TooManyRequests     429
    └── Unavailable         503  a part or a provider is down; trying again can help

Code raises these and never a status. Over gRPC an error travels as a status with
``google.rpc.ErrorInfo`` (reason = ``code``) and ``google.rpc.BadRequest`` (its fields);
:func:`from_rpc` makes the same error of it again on the other side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

ERROR_DOMAIN = "smsblaster"
# An error travels in the call's metadata, whose size is limited (``rpc.client``).
_MAX_FIELDS = 200
_MAX_TEXT = 300
# What a call ends with while the other side is away. CANCELLED is what a server that stops
# answers to a call that it has not begun.
_AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of the input, and what to do."""

    field: str
    message: str


class DomainError(Exception):
    """Something that the caller is told about.

    ``code`` is stable and machine-readable, ``message`` is for people.
    """

    http_status: ClassVar[int] = 500
    grpc_status: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL
    default_code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code

    @property
    def fields(self) -> Sequence[FieldError]:
        """The fields at fault; empty unless it is about input."""
        return ()


class InvalidInput(DomainError):
    """The caller's data can't be used; ``fields`` names each fault."""

    http_status = 422
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "invalid_request"

    def __init__(self, fields: Sequence[FieldError], code: str | None = None) -> None:
        super().__init__("; ".join(f"{f.field}: {f.message}" for f in fields), code)
        self._fields = tuple(fields)

    @classmethod
    def of(cls, field: str, message: str, code: str | None = None) -> "InvalidInput":
        """The error for a single field."""
        return cls([FieldError(field, message)], code)

    @property
    def fields(self) -> Sequence[FieldError]:
        """The fields at fault."""
        return self._fields


class PayloadTooLarge(InvalidInput):
    """The caller sent more than is accepted."""

    http_status = 413
    grpc_status = grpc.StatusCode.OUT_OF_RANGE
    default_code = "payload_too_large"


class Unauthenticated(DomainError):
    """Nobody, or nobody that we can be sure of."""

    http_status = 401
    grpc_status = grpc.StatusCode.UNAUTHENTICATED
    default_code = "unauthenticated"


class Forbidden(DomainError):
    """Known, but not allowed."""

    http_status = 403
    grpc_status = grpc.StatusCode.PERMISSION_DENIED
    default_code = "forbidden"


class CrossOrgAccess(Forbidden):
    """The id belongs to another organisation. Says nothing about what it names."""

    default_code = "cross_org_access"

    def __init__(
        self,
        message: str = "This belongs to another organisation.",
        code: str | None = None,
    ) -> None:
        super().__init__(message, code)


class InsufficientBalance(DomainError):
    """The balance does not cover it."""

    http_status = 402
    grpc_status = grpc.StatusCode.FAILED_PRECONDITION
    default_code = "insufficient_balance"


class NotFound(DomainError):
    """There is no such thing anywhere."""

    http_status = 404
    grpc_status = grpc.StatusCode.NOT_FOUND
    default_code = "not_found"


class Gone(NotFound):
    """It was there, and its time is over."""

    http_status = 410
    default_code = "gone"


class Conflict(DomainError):
    """The thing is not in a state that allows it, or its name is taken."""

    http_status = 409
    grpc_status = grpc.StatusCode.ABORTED
    default_code = "conflict"


class TooManyRequests(DomainError):
    """The caller's budget is used up for now."""

    http_status = 429
    grpc_status = grpc.StatusCode.RESOURCE_EXHAUSTED
    default_code = "rate_limited"


class Unavailable(DomainError):
    """A part or a provider does not answer; trying again later can help."""

    http_status = 503
    grpc_status = grpc.StatusCode.UNAVAILABLE
    default_code = "service_unavailable"


_KINDS: dict[str, type[DomainError]] = {
    kind.__name__: kind
    for kind in (
        InvalidInput,
        PayloadTooLarge,
        Unauthenticated,
        Forbidden,
        CrossOrgAccess,
        InsufficientBalance,
        NotFound,
        Gone,
        Conflict,
        TooManyRequests,
        Unavailable,
    )
}


def to_rpc(error: DomainError) -> grpc.Status:
    """The gRPC status, with details, that carries ``error``."""
    info = error_details_pb2.ErrorInfo(
        reason=error.code, domain=ERROR_DOMAIN, metadata={"kind": _kind(error)}
    )
    details = [_packed(info)]
    if error.fields:
        bad = error_details_pb2.BadRequest()
        for fault in error.fields[:_MAX_FIELDS]:
            bad.field_violations.add(field=fault.field, description=fault.message[:_MAX_TEXT])
        details.append(_packed(bad))
    status = status_pb2.Status(
        code=error.grpc_status.value[0], message=error.message[:_MAX_TEXT], details=details
    )
    converted: grpc.Status = rpc_status.to_status(status)
    return converted


def from_rpc(error: grpc.aio.AioRpcError) -> DomainError:
    """The domain error behind a failed call.

    A call that failed without one (the service is away or was stopped, the deadline passed) is
    ``Unavailable``; any other failure is a plain ``DomainError``.
    """
    # It answers code, details and trailing metadata, which is all that is asked of a call.
    status = rpc_status.from_call(cast(grpc.Call, error))
    if status is not None:
        known = _from_status(status)
        if known is not None:
            return known
    if error.code() in _AWAY:
        return Unavailable("A part of the platform does not answer. Try again in a moment.")
    return DomainError("Something went wrong on our side.")


def root_cause(error: BaseException) -> BaseException:
    """The error that was raised first: what those after it were raised from."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _kind(error: DomainError) -> str:
    # A service's own kind of error travels as the nearest one that every service knows.
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
    if issubclass(kind, InvalidInput):
        return kind([FieldError(f.field, f.description) for f in bad.field_violations], info.reason)
    return kind(status.message, info.reason)


def _packed(message: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
