"""The proof of an opt-in or opt-out: who, when, how and in which words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of an opt-in or opt-out: who recorded it, and what the person wrote or agreed to.

    ``words`` are those of the person's text, or those that the person has agreed to. ``method`` is
    how the person has agreed. ``said_at`` is None if only the time of the change is known.
    """

    user_id: UUID | None = None
    words: str | None = None
    method: str | None = None
    said_at: datetime | None = None
