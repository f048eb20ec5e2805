"""A dead letter: a message of the bus that a consumer gave up, or an item that fails a job."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from servicekit.bus.subjects import is_webhook
from servicekit.ids import new_id, parse_id

_ID_LENGTH = 36

NOBODY = "nobody"
"""The consumer of a webhook of which no consumer said what became of it."""


def is_item(subject: str) -> bool:
    """Whether a letter with this subject is an item of a job, and no message of the bus."""
    return subject.startswith("item.")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that ``consumer`` gave up after ``attempts`` tries, for ``error``.

    An item that fails a job is told of again while it lasts: when it last failed, and when it
    succeeded.
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

    @property
    def is_item(self) -> bool:
        """Whether it is an item, which its job goes on trying by itself."""
        return is_item(self.subject)

    @property
    def webhook_id(self) -> UUID | None:
        """The webhook that the message brought; None for any other message.

        A webhook that travels alone does so under its own id, to which a replay adds something.
        Callbacks that travel together have no id in common: None.
        """
        if not is_webhook(self.subject):
            return None
        return parse_id(self.message_id[:_ID_LENGTH])
