"""Send one of several failed messages again. Its error doesn't stop the others."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.errors import Conflict, DomainError, InsufficientBalance, InvalidInput, NotFound
from services.campaigns.events.providers.attendee_messages import AttendeeMessages, FailedMessage

# Errors of one message. Other errors concern all messages, or this service.
_REFUSALS = (Conflict, InvalidInput, InsufficientBalance, NotFound)


@dataclass(frozen=True, slots=True)
class RetriedMessage:
    """The result of one attempt: the new message, or the reason why none was sent."""

    original: UUID
    new: UUID | None
    error: str | None = None
    insufficient_balance: bool = False


async def attempt_retry(
    messages: AttendeeMessages, failed: FailedMessage, to: str, force: bool
) -> RetriedMessage:
    """Send a message again to the phone number `to`.

    Raises:
        Unavailable: Messaging can't be reached.
    """
    try:
        new = await messages.retry(failed, to=to, force=force)
    except _REFUSALS as refusal:
        no_money = isinstance(refusal, InsufficientBalance)
        return RetriedMessage(failed.message_id, None, _reason(refusal), no_money)
    return RetriedMessage(failed.message_id, new)


def _reason(refusal: DomainError) -> str:
    if isinstance(refusal, InvalidInput):
        return "; ".join(fault.message for fault in refusal.fields)
    return refusal.message
