"""The filters of the list of messages, and the place at which a page starts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MessageListFilter:
    """Which messages to list. A field that is None or empty matches every message.

    Messages match if they were created at or after `from_time` and before `to_time`. If failed
    messages are asked for, those that were sent again and delivered match only if `include_retried`
    is set. `search` are words that a message must have, and `reference` is the customer's own.
    """

    direction: str = ""
    status: str | None = None
    campaign_id: UUID | None = None
    contact_id: UUID | None = None
    error_code: int | None = None
    provider_sid: str | None = None
    from_time: datetime | None = None
    to_time: datetime | None = None
    include_retried: bool = False
    phone: str = ""
    search: str = ""
    reference: str | None = None

    @property
    def implied_direction(self) -> str:
        """The only direction in which messages can match; empty if both can."""
        if self.direction:
            return self.direction
        if self.status == "received":
            return "in"
        outgoing = self.status or self.campaign_id or self.error_code or self.reference
        return "out" if outgoing else ""


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Where a page starts: after the message with this creation time and id.

    If `is_common`, an earlier page found too many messages with the searched words in the index.
    """

    created_at: datetime
    id: UUID
    is_common: bool = False
