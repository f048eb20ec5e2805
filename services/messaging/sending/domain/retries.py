"""Rules for sending a failed message again: when, and as which attempt.

A message can have several attempts. Each later one stores the id of the first. Only one attempt may
be under way or have arrived, so that nobody gets the message twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from servicekit.errors import Conflict
from servicekit.phones import canonical
from services.messaging.common.domain.provider_errors import explain
from services.messaging.sending.domain.drafts import Draft
from services.messaging.sending.domain.message_status import NOT_REACHED, RETRYABLE, MessageStatus
from services.messaging.sending.domain.messages import Message


@dataclass(frozen=True, slots=True)
class Attempt:
    """A later attempt at a message.

    `number` counts from 0: it is 0 for the second attempt and 1 for the third. `attendee_id`: the
    recipient of an event message; None for other messages.
    """

    attendee_id: UUID | None
    retry_of: UUID
    number: int

    @property
    def operation_id(self) -> UUID:
        """The operation id of this attempt.

        Repeated requests compute the same id, so that they make only one message.
        """
        return uuid5(self.retry_of, f"retry-{self.number}")

    def made_of(self, draft: Draft) -> Draft:
        """Return a copy of `draft` with the ids of this attempt."""
        return replace(
            draft,
            attendee_id=self.attendee_id,
            retry_of=self.retry_of,
            operation_id=self.operation_id,
        )


def attempt_under_way(
    message: Message, later: Sequence[Message], to: str, *, force: bool
) -> Message | None:
    """Return an attempt that is already under way, so that `message` is not sent twice.

    Args:
        message: The attempt whose id is in the request.
        later: The message's attempts without the first.
        to: The E.164 number to which the message would be sent.
        force: Whether to send it although the same error is expected again.

    Returns:
        The attempt that is under way, or None if the message is to be sent.

    Raises:
        Conflict: message_not_failed, already_delivered, already_sending (an attempt to another
            number is under way), or not_retryable unless `force` is set.
    """
    require_failed(message)
    alive = next((attempt for attempt in later if attempt.status not in NOT_REACHED), None)
    if alive and alive.status == MessageStatus.DELIVERED:
        raise Conflict("This text was already sent again and delivered.", "already_delivered")
    if alive and canonical(alive.to) != to:
        raise already_sending()
    if alive is None and not force:
        _require_retryable(message, later, to)
    return alive


def require_failed(message: Message) -> None:
    """Raise `Conflict` message_not_failed unless the status is `failed` or `undelivered`."""
    if message.status not in RETRYABLE:
        raise Conflict(
            "Only a text that failed or was not delivered can be sent again.", "message_not_failed"
        )


def already_sending() -> Conflict:
    """Return the error for a retry while an attempt to another phone number is under way."""
    return Conflict(
        "This text is already being sent again to another number. Wait for its result.",
        "already_sending",
    )


def _require_retryable(message: Message, later: Sequence[Message], to: str) -> None:
    """Raise `Conflict` if an earlier error means that sending to `to` would fail again.

    An error about the recipient's phone number, such as a landline, applies to all attempts to that
    number. Any other error applies only to `message` itself.
    """
    for attempt in (message, *later):
        explanation = explain(attempt.error_code)
        if explanation is None or explanation.retryable:
            continue
        if canonical(attempt.to) == to if explanation.of_number else attempt is message:
            raise Conflict(f"{explanation.title}: {explanation.description}", "not_retryable")
