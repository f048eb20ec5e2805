"""The statuses of a message, their order, and the sets of statuses that rules use.

An outgoing message is `pending` (stored, then charged, then free to be claimed), `sending` (claimed
by a sender), and then `queued` and `sent` when Twilio reports that, until it is `delivered`,
`undelivered` or `failed`. After a request that got no answer it is `unknown` until Twilio has been
asked. A withdrawn campaign makes it `cancelled`. An incoming message is `received`.

`storage/transitions.py` has the SQL of every move from one status to another.

Sources: Twilio's guide "Outbound message status in status callbacks"; callbacks can arrive in any
order and more than once.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class MessageStatus(StrEnum):
    """The status of a message, as it is stored and as the contract names it."""

    PENDING = "pending"
    SENDING = "sending"
    UNKNOWN = "unknown"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RECEIVED = "received"


RANK: Mapping[MessageStatus, int] = {
    MessageStatus.PENDING: 0,
    MessageStatus.SENDING: 1,
    MessageStatus.UNKNOWN: 2,
    MessageStatus.QUEUED: 3,
    MessageStatus.SENT: 4,
    MessageStatus.DELIVERED: 5,
    MessageStatus.UNDELIVERED: 5,
    MessageStatus.FAILED: 5,
    MessageStatus.CANCELLED: 5,
    MessageStatus.RECEIVED: 5,
}
"""The order of the statuses.

Reports can arrive in any order, so a report moves a message only to a higher rank. The database
function `status_rank()` has the same ranks; a test compares them.
"""

FINAL = frozenset(status for status, rank in RANK.items() if rank == max(RANK.values()))
"""Final statuses: no later report changes them."""

RETRYABLE = frozenset((MessageStatus.FAILED, MessageStatus.UNDELIVERED))
"""Statuses of messages that did not arrive and may be sent again, as new messages."""

NOT_REACHED = frozenset((*RETRYABLE, MessageStatus.CANCELLED))
"""Statuses of messages that the recipient did not get and will not get."""

AWAITING_REPORT = (MessageStatus.QUEUED, MessageStatus.SENT)
"""Statuses of messages that Twilio has and whose final status it has not reported."""

AT_PROVIDER = frozenset((*AWAITING_REPORT, MessageStatus.DELIVERED, MessageStatus.UNDELIVERED))
"""Statuses of messages that Twilio has, or had."""

_FROM_TWILIO = {
    "accepted": MessageStatus.QUEUED,
    "scheduled": MessageStatus.QUEUED,
    "queued": MessageStatus.QUEUED,
    "sending": MessageStatus.QUEUED,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "partially_delivered": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
}


def from_twilio(word: str) -> MessageStatus | None:
    """Return our status for a message status of Twilio.

    Returns None if Twilio's status is stored in the timeline but does not change the message.
    """
    return _FROM_TWILIO.get(word.lower())


def usage_of_move(was: MessageStatus | None, now: MessageStatus | None) -> Sequence[str]:
    """Return the names of the usage counts that increase when a status changes."""
    if now is None or was == now:
        return ()
    counted = ["sent"] if now in AT_PROVIDER and was not in AT_PROVIDER else []
    if now == MessageStatus.DELIVERED:
        counted.append("delivered")
    elif now in RETRYABLE:
        counted.append("failed")
    return counted
