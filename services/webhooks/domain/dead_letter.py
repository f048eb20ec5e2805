"""Dead letters: bus messages that consumers gave up on, and items that a job can't process."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from servicekit.bus.subjects import is_webhook
from servicekit.errors import Conflict
from servicekit.ids import new_id, parse_id

_ID_LENGTH = 36

NOBODY = "nobody"
"""The `consumer` of a dead letter whose webhook was handled by no consumer."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A bus message that `consumer` gave up on after `attempts` tries, because of `error`.

    It can also be an item that a job fails to handle, such as one organisation. While the item
    fails, its job reports the item again and again, with a new `last_failed_at`. Once the item
    succeeds, the job reports it with `resolved_at`.
    """

    consumer: str
    subject: str
    message_id: str
    payload: bytes
    error: str
    attempts: int
    id: UUID = field(default_factory=new_id)
    org_id: UUID | None = None
    first_failed_at: datetime | None = None
    last_failed_at: datetime | None = None
    resolved_at: datetime | None = None


def is_item(subject: str) -> bool:
    """Return whether a dead letter with this subject is an item of a job, not a bus message."""
    return subject.startswith("item.")


def require_replayable(subject: str) -> None:
    """Raise `Conflict` (dead_letter_retries_itself) for an item of a job.

    The job itself tries the item again.
    """
    if is_item(subject):
        raise Conflict(
            "The job tries this item again by itself. Fix the cause of its error instead.",
            "dead_letter_retries_itself",
        )


def webhook_id_of(subject: str, message_id: str) -> UUID | None:
    """Return the id of the webhook that a bus message carried, or None for any other message.

    The message id of a webhook that is published alone is the webhook's id. A replayed message has
    the same id with something appended. Callbacks that are published together share no id, so the
    result is None.
    """
    if not is_webhook(subject):
        return None
    return parse_id(message_id[:_ID_LENGTH])
