"""The exception that every method of the client raises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request."""

    field: str
    message: str


class ApiError(Exception):
    """A request that failed.

    Attributes:
        code: A stable word that says what is wrong, such as ``insufficient_balance``. It is
            ``no_connection`` if the API could not be reached, and ``unexpected_response`` if
            something other than the API has answered.
        status: The HTTP status, or 0 without a response.
        detail: What happened and what to do, in a sentence.
        fields: What is wrong with the fields of the request.
        request_id: The id of the request in the platform's logs, or an empty string.
        retry_after: After how many seconds another try makes sense, if the API said so.
        problem: The whole problem document, with the facts that some codes add.
        idempotency_key: The key of the request that failed. The same call with this key is done
            once, even if the platform has done it already. None if the request had no key.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int = 0,
        request_id: str = "",
        retry_after: float | None = None,
        problem: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after
        self.problem = dict(problem or {})
        self.idempotency_key: str | None = None
        self.fields = [
            FieldError(str(error.get("field", "")), str(error.get("message", "")))
            for error in self.problem.get("errors") or []
        ]

    def __str__(self) -> str:
        """Return what happened, the fields at fault and the request's id."""
        fields = "".join(f" {error.field}: {error.message}" for error in self.fields)
        request = f", request {self.request_id}" if self.request_id else ""
        return f"{self.detail}{fields} ({self.code}{request})"


def error_of(response: httpx.Response) -> ApiError:
    """Return the error that a response describes. The response's body must have been read."""
    request_id = response.headers.get("X-Request-Id", "")
    after = seconds_of(response.headers.get("Retry-After"))
    problem = _problem(response)
    if problem is None:
        detail = f"{response.url} responded with {response.status_code}, and not as the API does."
        return ApiError(
            "unexpected_response",
            detail,
            status=response.status_code,
            request_id=request_id,
            retry_after=after,
        )
    return ApiError(
        str(problem["code"]),
        str(problem.get("detail", "")),
        status=response.status_code,
        request_id=str(problem.get("requestId") or request_id),
        retry_after=after,
        problem=problem,
    )


def may_be_done(error: ApiError) -> bool:
    """Return whether the platform may have done a request, although there is no good response."""
    return error.code == "no_connection" or error.status in (500, 502, 503, 504)


def seconds_of(retry_after: str | None) -> float | None:
    """Return the seconds in a Retry-After header. None if it is missing or contains a date."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None


def _problem(response: httpx.Response) -> dict[str, Any] | None:
    """Return the problem document of a response, or None if it has none."""
    try:
        read = response.json()
    except ValueError:
        return None
    return read if isinstance(read, dict) and isinstance(read.get("code"), str) else None
