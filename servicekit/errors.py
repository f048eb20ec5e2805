"""Domain errors, and the only table of their HTTP and gRPC statuses.

::

    DomainError
    ├── InvalidInput        422  the caller's data; names the fields
    │   └── PayloadTooLarge 413
    ├── Unauthenticated     401
    │   └── InternalTokenRefused  a call between services: its client raises ``Unavailable``
    ├── Forbidden           403
    │   └── CrossOrgAccess  403  an id of another organisation: a security event
    ├── InsufficientBalance 402
    ├── NotFound            404
    │   └── Gone            410  it existed and has expired
    ├── Conflict            409  the thing's state does not allow it
    ├── PreconditionFailed  412  the thing has changed since the caller read it
    ├── TooManyRequests     429
    └── Unavailable         503  a part or a provider is down; trying again can help
        ├── Busy            503  somebody else is changing the same data
        └── Blocked         503  an operator must repair something of this organisation first

Code raises these errors and never a status. Over gRPC an error travels as a status with
``google.rpc.ErrorInfo`` (reason = ``code``) and ``google.rpc.BadRequest`` (its fields);
``servicekit.rpc.errors`` turns it into the same error on the other side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import grpc


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error in one field of the input, and how to correct it."""

    field: str
    message: str


class DomainError(Exception):
    """An error that is reported to the caller.

    ``code`` is stable and machine-readable, ``message`` is for people. ``facts`` are further
    members of the problem document, with JSON values and names in camelCase, such as the id of the
    contact that already has the phone number. They must be small, because they travel in a call's
    metadata.
    """

    http_status: ClassVar[int] = 500
    grpc_status: ClassVar[grpc.StatusCode] = grpc.StatusCode.INTERNAL
    default_code: ClassVar[str] = "internal_error"

    def __init__(
        self, message: str, code: str | None = None, facts: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.facts: Mapping[str, Any] = facts or {}

    @property
    def fields(self) -> Sequence[FieldError]:
        """The fields with an error; empty unless the error is about input."""
        return ()


MOST_ERRORS = 100
"""Maximum faults that an error lists; further ones are only counted."""


class InvalidInput(DomainError):
    """The caller's data can't be used.

    ``fields`` are the first faults; ``further`` is the number of faults that are not listed.
    """

    http_status = 422
    grpc_status = grpc.StatusCode.INVALID_ARGUMENT
    default_code = "invalid_request"

    def __init__(
        self, fields: Sequence[FieldError], code: str | None = None, further: int = 0
    ) -> None:
        self._fields = tuple(fields[:MOST_ERRORS])
        self.further = further + len(fields) - len(self._fields)
        super().__init__("; ".join(f"{f.field}: {f.message}" for f in self._fields), code)

    @classmethod
    def of(cls, field: str, message: str, code: str | None = None) -> "InvalidInput":
        """Return the error for a single field."""
        return cls([FieldError(field, message)], code)

    @property
    def fields(self) -> Sequence[FieldError]:
        """The errors of fields, ``MOST_ERRORS`` at most."""
        return self._fields


class PayloadTooLarge(InvalidInput):
    """The caller sent more bytes or fields than are accepted."""

    http_status = 413
    grpc_status = grpc.StatusCode.OUT_OF_RANGE
    default_code = "payload_too_large"


class Unauthenticated(DomainError):
    """The caller is not signed in, or the credentials are not valid."""

    http_status = 401
    grpc_status = grpc.StatusCode.UNAUTHENTICATED
    default_code = "unauthenticated"


class InternalTokenRefused(Unauthenticated):
    """A call has no valid internal token, because a key or a clock is wrong.

    The user for whom the service made the call is not at fault and need not sign in again.
    """

    default_code = "internal_token_refused"


class Forbidden(DomainError):
    """The caller is known, but does not have the right to do this."""

    http_status = 403
    grpc_status = grpc.StatusCode.PERMISSION_DENIED
    default_code = "forbidden"


class CrossOrgAccess(Forbidden):
    """The id belongs to another organisation. The error says nothing else about that row."""

    default_code = "cross_org_access"

    def __init__(
        self,
        message: str = "This belongs to another organisation.",
        code: str | None = None,
    ) -> None:
        super().__init__(message, code)


class InsufficientBalance(DomainError):
    """The balance does not cover the cost."""

    http_status = 402
    grpc_status = grpc.StatusCode.FAILED_PRECONDITION
    default_code = "insufficient_balance"


class NotFound(DomainError):
    """Nothing with this id exists."""

    http_status = 404
    grpc_status = grpc.StatusCode.NOT_FOUND
    default_code = "not_found"


class Gone(NotFound):
    """The thing existed and has expired."""

    http_status = 410
    default_code = "gone"


class Conflict(DomainError):
    """The current state does not allow this change, or a name is already taken."""

    http_status = 409
    grpc_status = grpc.StatusCode.ABORTED
    default_code = "conflict"


class PreconditionFailed(DomainError):
    """The thing has changed since the version that the caller expects."""

    http_status = 412
    grpc_status = grpc.StatusCode.FAILED_PRECONDITION
    default_code = "version_mismatch"


class TooManyRequests(DomainError):
    """The caller has made too many requests. ``retry_after``: the seconds to wait, if known."""

    http_status = 429
    grpc_status = grpc.StatusCode.RESOURCE_EXHAUSTED
    default_code = "rate_limited"

    def __init__(
        self, message: str, code: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message, code)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part or a provider does not answer; trying again later can help."""

    http_status = 503
    grpc_status = grpc.StatusCode.UNAVAILABLE
    default_code = "service_unavailable"


class Busy(Unavailable):
    """Another transaction has locked the data that this call needs. Everything else works."""

    default_code = "data_in_use"

    def __init__(
        self,
        message: str = "Somebody else is changing this data. Try again in a moment.",
        code: str | None = None,
    ) -> None:
        super().__init__(message, code)


class Blocked(Unavailable):
    """An operator must repair something before this works again for the organisation.

    The cause is recorded already (``servicekit.failing_items``): a job that meets this error skips
    the organisation. It is not gRPC's UNAVAILABLE, so that no client repeats the call at once.
    """

    grpc_status = grpc.StatusCode.FAILED_PRECONDITION
    default_code = "blocked"


def root_cause(error: BaseException) -> BaseException:
    """Return the first error of a chain, in which each error was the cause of the next one."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
