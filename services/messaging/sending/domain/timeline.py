"""A message's timeline: what the provider said of it, and what we know ourselves."""

from collections.abc import Mapping, Sequence
from typing import Any

Event = Mapping[str, Any]
"""What happened (``event_type``), when it was learned (``received_at``), perhaps an error code."""

# A message may end so without a word of the provider's: refused at once, or taken back.
_ENDS = frozenset(("failed", "cancelled"))


def timeline(message: Mapping[str, Any], told: Sequence[Event]) -> list[Event]:
    """Everything that happened to a message, oldest first; ``told`` is what the provider said."""
    if message["direction"] == "in":
        return [{"event_type": "received", "received_at": message["created_at"]}]
    return [*_begins(message), *told, *_ends(message, told)]


def _begins(message: Mapping[str, Any]) -> list[Event]:
    events: list[Event] = [{"event_type": "pending", "received_at": message["created_at"]}]
    if message["accepted_at"]:
        events.append({"event_type": "accepted", "received_at": message["accepted_at"]})
    return events


def _ends(message: Mapping[str, Any], told: Sequence[Event]) -> list[Event]:
    status = message["status"]
    if status not in _ENDS or any(event["event_type"] == status for event in told):
        return []
    ended = {"event_type": status, "received_at": message["status_updated_at"]}
    return [{**ended, "error_code": message["error_code"]}]
