"""The types of events that endpoints can get."""

from collections.abc import Sequence

EVENT_TYPES = (
    "balance.low",
    "balance.topped_up",
    "campaign.finished",
    "campaign.paused",
    "campaign.started",
    "contact.opted_in",
    "contact.opted_out",
    "event_message.accepted",
    "event_message.delivered",
    "event_message.failed",
    "event_message.sent",
    "event_message.undelivered",
    "export.finished",
    "import.finished",
    "message.accepted",
    "message.delivered",
    "message.failed",
    "message.received",
    "message.sent",
    "message.undelivered",
    "number.released",
    "registration.changed",
)
"""Every type that an endpoint can choose."""

TEST = "endpoint.test"
"""The type of the event that tests an endpoint. Every endpoint gets it when asked."""


def wants(event_types: Sequence[str], type_: str) -> bool:
    """Tell whether an endpoint with these chosen types gets events of `type_`."""
    return not event_types or type_ in event_types
