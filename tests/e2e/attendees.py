"""Attendees of events, and texts to them."""

from itertools import count

from deploy.local.testkit.api import Json
from deploy.local.testkit.event import Event
from tests.fixtures.platform import audience

UNREACHABLE, LANDLINE = "+12125553003", "+12125563006"
FILTERED, NO_RECEIPT = "+12125563007", "+12125573100"
"""Numbers for which the simulator decides what becomes of their texts."""

_phones = (audience(1, first=20_000 + number)[0] for number in count())


def reachable() -> str:
    """Return the number of a person who gets every text and whom no other test texts."""
    return next(_phones)


def failed(event: Event, phone: str, message: str = "", **more: str) -> tuple[str, Json]:
    """Return an attendee whom a text did not reach: the id, and the text in the history."""
    attendee_id = event.add("Ann", phone, **more)
    return attendee_id, sent(event, attendee_id, message)


def sent(event: Event, attendee_id: str, message: str = "") -> Json:
    """Text an attendee a text that no other test sends; return its final entry in the history."""
    before = event.summary()["total"]
    event.notify("invitation", attendeeIds=[attendee_id], message=message or f"To {event.id}")
    event.wait_until_settled(before + 1)
    newest: Json = event.history(attendee_id)["messages"][0]
    return newest
