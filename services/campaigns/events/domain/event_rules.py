"""Rules about when attendees may get messages, and the values of an event's placeholders."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from servicekit.errors import Conflict

KEPT = timedelta(days=90)
"""How long messages are kept after the end of their event. Later no message is sent either."""


def require_notifiable(status: str, ends_at: datetime, now: datetime) -> None:
    """Raise ``Conflict`` unless attendees of an event with this status and end may get messages."""
    if status != "published":
        raise Conflict(
            f"Only attendees of a published event can get messages. This event is {_IS[status]}.",
            "event_not_published",
        )
    if ends_at <= now - KEPT:
        raise Conflict("The event ended more than 90 days ago.", "event_over")


def event_values(
    name: str, date: datetime, time_zone: str, location: str | None
) -> Mapping[str, str]:
    """Return the values of an event's placeholders. Date and time are local to the event."""
    local = date.astimezone(ZoneInfo(time_zone))
    return {
        "eventName": name,
        "eventDate": f"{local:%a} {local.day} {local:%b} {local.year}",
        "eventTime": f"{local:%H:%M}",
        "eventLocation": location or "",
    }


_IS = {"draft": "a draft", "cancelled": "cancelled"}
