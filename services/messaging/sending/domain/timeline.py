"""A message's timeline: what Twilio reported, and what we know ourselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.messages import Message

# A message may end like this without a report, if it is refused at once or cancelled.
_ENDS = frozenset((MessageStatus.FAILED, MessageStatus.CANCELLED))


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """What happened to a message, and when we learned about it."""

    event_type: str
    received_at: datetime
    error_code: int | None = None


def timeline(message: Message, reported: Sequence[TimelineEvent]) -> list[TimelineEvent]:
    """List all that happened to a message, oldest first, including what Twilio `reported`."""
    if message.direction == "in":
        return [TimelineEvent(MessageStatus.RECEIVED, message.created_at)]
    return [*_beginning(message), *reported, *_end(message, reported)]


def _beginning(message: Message) -> list[TimelineEvent]:
    events = [TimelineEvent(MessageStatus.PENDING, message.created_at)]
    if message.accepted_at:
        events.append(TimelineEvent("accepted", message.accepted_at))
    return events


def _end(message: Message, reported: Sequence[TimelineEvent]) -> list[TimelineEvent]:
    status = message.status
    if status not in _ENDS or any(event.event_type == status for event in reported):
        return []
    return [TimelineEvent(status, message.status_updated_at, message.error_code)]
