"""A call of an endpoint, the endpoint's answer, and the result that is stored."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery whose call is due, claimed for this process.

    Attributes:
        tries: How many calls were made since the delivery was created or replayed, this one
            included.
        attempts: How many calls were made at all, this one included. The number distinguishes the
            result of this call from the result of a later one.
        secret: The secret with which the call is signed, encrypted.
        old_secret: The encrypted secret before the last rotation, while calls are signed with it
            too.
    """

    id: UUID
    org_id: UUID
    endpoint_id: UUID
    event_id: UUID
    attempts: int
    tries: int
    payload: str
    url: str
    max_per_second: int | None
    secret: str
    old_secret: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The response of an endpoint to a call, or why there was none.

    Attributes:
        at: When the call was made.
        duration_ms: How long the call took, in milliseconds.
        code: The HTTP status. None without a response.
        body: The beginning of the body. None without a response.
        error: What went wrong, in words for the customer. None on success.
        retry_after: The seconds that the endpoint asked to wait. None if it didn't.
    """

    at: datetime
    duration_ms: int
    code: int | None = None
    body: str | None = None
    error: str | None = None
    retry_after: float | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the event is delivered, because the endpoint responded with 2xx."""
        return self.code is not None and HTTPStatus.OK <= self.code < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint asks for no more calls, with the status 410."""
        return self.code == HTTPStatus.GONE


@dataclass(frozen=True, slots=True)
class Result:
    """The response to a call.

    `pause` is the seconds until the event is sent again. None: it is not sent again.
    """

    claimed: Claimed
    answer: Answer
    pause: float | None


def error_of_status(code: int) -> str | None:
    """Return what an HTTP status means for a call, in words. None on success."""
    if HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if code == HTTPStatus.GONE:
        return "The endpoint answered 410 (gone), so it was disabled."
    if HTTPStatus.MULTIPLE_CHOICES <= code < HTTPStatus.BAD_REQUEST:
        return f"The endpoint answered {code}. Redirects are not followed; change its address."
    return f"The endpoint answered {code}. It must answer with a 2xx status."
