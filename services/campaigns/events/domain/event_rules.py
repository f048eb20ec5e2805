"""When an event's attendees may be texted, and what an event says of itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from servicekit.errors import Conflict

KEPT = timedelta(days=90)
"""How long after its end an event's texts are kept; nobody is texted about it later either."""


def require_notifiable(status: str, over_at: datetime, now: datetime) -> None:
    """Raise ``Conflict`` where nobody may be texted (any more) about an event with ``status``.

    ``over_at`` is when it ends.
    """
    if status != "published":
        raise Conflict(
            f"Attendees of a published event can be texted; this one is {_WORDS[status]}.",
            "event_not_published",
        )
    if over_at <= now - KEPT:
        raise Conflict("The event ended more than 90 days ago.", "event_over")


def event_values(event: Mapping[str, Any]) -> Mapping[str, str]:
    """What a text can say of an event; its date and time as they are where it takes place."""
    local = event["date"].astimezone(ZoneInfo(event["time_zone"]))
    return {
        "eventName": event["name"],
        "eventDate": f"{local:%a} {local.day} {local:%b} {local.year}",
        "eventTime": f"{local:%H:%M}",
        "eventLocation": event["location"] or "",
    }


_WORDS = {"draft": "a draft", "cancelled": "cancelled"}
