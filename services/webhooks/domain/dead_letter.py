"""A dead letter: a message of the bus that a consumer gave up."""

from dataclasses import dataclass, field
from uuid import UUID

from servicekit.ids import new_id, parse_id

_ID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that ``consumer`` gave up after ``attempts`` tries, for ``error``."""

    consumer: str
    subject: str
    message_id: str
    payload: bytes
    error: str
    attempts: int
    id: UUID = field(default_factory=new_id)

    @property
    def webhook_id(self) -> UUID | None:
        """The webhook that the message brought; None for any other message.

        A webhook that travels alone does so under its own id, to which a replay adds something.
        Callbacks that travel together have no id in common: None.
        """
        if not self.subject.startswith("webhook."):
            return None
        return parse_id(self.message_id[:_ID_LENGTH])
