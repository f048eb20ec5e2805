"""What proves that a person has opted in or out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Proof:
    """Who recorded an opt-in or opt-out, and what the person said.

    ``words`` are those of the person's text, or those that the person has agreed to. ``method`` is
    how the person has agreed. ``said_at`` is None if it is not known better than by the change.
    """

    user_id: UUID | None = None
    words: str | None = None
    method: str | None = None
    said_at: datetime | None = None
