"""Count how messages ended, and how long their delivery took."""

from prometheus_client import Counter, Histogram

from services.messaging.sending.domain.message_status import MessageStatus

ENDED = Counter(
    "smsblaster_messages_ended_total",
    "Messages that Twilio delivered, could not deliver or refused, by last status",
    ["status"],
)
for _status in (MessageStatus.DELIVERED, MessageStatus.UNDELIVERED, MessageStatus.FAILED):
    ENDED.labels(_status)
DELIVERED = Histogram(
    "smsblaster_message_delivery_seconds",
    "Seconds from the time at which Twilio accepted a message until it was delivered",
    buckets=(1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400),
)
