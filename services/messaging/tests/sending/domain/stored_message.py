"""Make messages as they are stored, for tests of the rules about them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.messages import Message

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def stored_message(status: MessageStatus, **fields: Any) -> Message:
    """Make an outgoing message, stored at `START` and last changed five minutes later."""
    values: dict[str, Any] = {
        "id": UUID(int=1),
        "contact_id": UUID(int=2),
        "to": "+14156000001",
        "from_number": None,
        "body": "Hello",
        "direction": "out",
        "status": status,
        "segments": 1,
        "price_cents": 1,
        "provider_sid": None,
        "campaign_id": None,
        "user_id": None,
        "error_code": None,
        "error_message": None,
        "created_at": START,
        "accepted_at": None,
        "sent_at": None,
        "delivered_at": None,
        "read_at": None,
        "status_updated_at": START + timedelta(minutes=5),
        "event_id": None,
        "attendee_id": None,
        "notification_type": None,
        "retry_of": None,
        "retried_by": None,
        "media_count": 0,
        "media_types": (),
        "media_urls": (),
        "reference": None,
        "metadata": None,
        "sender_chosen": None,
        "valid_until": None,
    }
    return Message(**(values | fields))
