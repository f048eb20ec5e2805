"""A message's timeline before the provider's first word on it."""

from collections.abc import Mapping
from typing import Any


def own_events(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What we know ourselves of an outgoing message: when it was accepted, and handed over."""
    if message["direction"] == "in":
        return [{"event_type": "received", "received_at": message["created_at"]}]
    events = [{"event_type": "pending", "received_at": message["created_at"]}]
    if message["accepted_at"]:
        events.append({"event_type": "accepted", "received_at": message["accepted_at"]})
    return events
