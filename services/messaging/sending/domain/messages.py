"""A message as it is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.messaging.sending.domain.message_status import MessageStatus


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is stored.

    The fields have the names of the contract's `Message`. `retry_of` is the first attempt, if this
    message is a later one. `retried_by` is the newest attempt, if it is later than this one.
    `sender_chosen`: the customer chose `from_number`.
    `error_message` is the explanation that was stored when the message failed; None for rows that
    are older than the column.
    """

    id: UUID
    contact_id: UUID | None
    to: str
    from_number: str | None
    body: str
    direction: str
    status: MessageStatus
    segments: int
    price_cents: int
    provider_sid: str | None
    campaign_id: UUID | None
    user_id: UUID | None
    error_code: int | None
    error_message: str | None
    created_at: datetime
    accepted_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    status_updated_at: datetime
    event_id: UUID | None
    attendee_id: UUID | None
    notification_type: str | None
    retry_of: UUID | None
    retried_by: UUID | None
    media_count: int
    media_types: Sequence[str]
    media_urls: Sequence[str]
    reference: str | None
    metadata: Mapping[str, str] | None
    sender_chosen: bool | None
    valid_until: datetime | None

    @property
    def first_attempt_id(self) -> UUID:
        """The id of the first attempt at this message: its own id if it is the first."""
        return self.retry_of or self.id
