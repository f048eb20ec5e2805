"""Attendees of events, and texts to them."""

from itertools import count

from deploy.local.testkit.api import Json
from deploy.local.testkit.event import Event
from tests.fixtures.platform import audience

UNREACHABLE, LANDLINE = "+12125553003", "+12125563006"
FILTERED, NO_RECEIPT = "+12125563007", "+12125573100"
"""Numbers by which the simulator knows what becomes of their texts."""

_phones = (audience(1, first=20_000 + number)[0] for number in count())


def reachable() -> str:
    """Return the number of somebody who gets every text and whom no other test texts."""
    return next(_phones)


def failed(event: Event, phone: str, message: str = "", **more: str) -> tuple[str, Json]:
    """Return an attendee whom a text did not reach: the id, and the text as the history shows it."""
    attendee_id = event.add("Ann", phone, **more)
    return attendee_id, sent(event, attendee_id, message)


def sent(event: Event, attendee_id: str, message: str = "") -> Json:
    """Text an attendee what no other test says; the text as the history shows it in the end."""
    before = event.summary()["total"]
    event.notify("invitation", attendeeIds=[attendee_id], message=message or f"To {event.id}")
    event.see_settled(before + 1)
    newest: Json = event.history(attendee_id)["messages"][0]
    return newest
