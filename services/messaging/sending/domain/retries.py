"""Sending a failed text to an attendee again: when, and as which attempt at the same text.

A text is its first attempt and the later ones, which all name the first. Only one of them may be
under way or have arrived: nobody is texted twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid5

from servicekit.errors import Conflict
from servicekit.phones import canonical
from services.messaging.common.domain.provider_errors import explain
from services.messaging.sending.domain.drafts import Draft

FAILED = ("failed", "undelivered")
"""The statuses of texts that may be sent again."""


class Message(Protocol):
    """A message by the names of its fields."""

    def __getitem__(self, name: str, /) -> Any: ...


AnyMessage = TypeVar("AnyMessage", bound=Message)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A later attempt at a text to an attendee; ``number``: how many later ones came before it."""

    attendee_id: UUID
    retry_of: UUID
    number: int

    @property
    def operation_id(self) -> UUID:
        """The same for whoever makes this attempt, so that of many at a time one message comes."""
        return uuid5(self.retry_of, f"retry-{self.number}")

    def made_of(self, draft: Draft) -> Draft:
        """``draft`` as this attempt."""
        return replace(
            draft,
            attendee_id=self.attendee_id,
            retry_of=self.retry_of,
            operation_id=self.operation_id,
        )


def under_way(
    message: AnyMessage, later: Sequence[AnyMessage], to: str, force: bool
) -> AnyMessage | None:
    """The attempt that is the answer to whoever asks for ``message`` again; None: send it.

    ``later``: the text's attempts but the first. ``to``: the E.164 number to send it to. Raises
    ``Conflict``: message_not_failed, already_delivered, already_sending where an attempt is under
    way to another number, and unless ``force`` not_retryable.
    """
    if message["status"] not in FAILED:
        raise Conflict(
            "Only a text that failed or was not delivered can be sent again.", "message_not_failed"
        )
    alive = next((attempt for attempt in later if attempt["status"] not in FAILED), None)
    if alive and alive["status"] == "delivered":
        raise Conflict(
            "This text was sent again already, and it was delivered.", "already_delivered"
        )
    if alive and canonical(alive["to"]) != to:
        raise already_sending()
    if alive is None and not force:
        _require_retryable(message, later, to)
    return alive


def already_sending() -> Conflict:
    """The answer to whoever wants a text at one number while it is on its way to another."""
    return Conflict(
        "This text is already being sent again, to another number. Wait for what becomes of that.",
        "already_sending",
    )


def _require_retryable(message: AnyMessage, later: Sequence[AnyMessage], to: str) -> None:
    """Raise ``Conflict`` where an error is known that sending to ``to`` is not going to overcome.

    Of ``message`` any such error counts, but of a number only what failed at that very number.
    """
    for attempt in (message, *later):
        explanation = explain(attempt["error_code"])
        if explanation is None or explanation.retryable:
            continue
        if canonical(attempt["to"]) == to if explanation.of_number else attempt is message:
            raise Conflict(f"{explanation.title}: {explanation.description}", "not_retryable")
