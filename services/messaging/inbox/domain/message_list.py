"""The filters of the list of messages, and the position at which a page starts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MessageListFilter:
    """A filter for messages. A field that is None or empty matches every message.

    Messages match if they were created at or after `from_time` and before `to_time`. If the filter
    is for failed messages, those that were sent again and delivered match only if `include_retried`
    is set. `search` contains words that a message must have. `reference` is the customer's own
    reference of a message.
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
        """The only direction in which messages can match, or an empty text if both can."""
        if self.direction:
            return self.direction
        if self.status == "received":
            return "in"
        outgoing = self.status or self.campaign_id or self.error_code or self.reference
        return "out" if outgoing else ""


@dataclass(frozen=True, slots=True)
class ListPosition:
    """The position at which a page starts: after the message with this creation time and id.

    If `is_common`, an earlier page found too many messages with the searched words in the index, so
    the index is not used again.
    """

    created_at: datetime
    id: UUID
    is_common: bool = False
