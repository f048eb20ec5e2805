"""Add attendees to events, and text them."""

from itertools import count

from deploy.local.testkit.api import Json
from deploy.local.testkit.event import Event
from tests.fixtures.platform import audience

UNREACHABLE, LANDLINE = "+12125553003", "+12125563006"
FILTERED, NO_RECEIPT = "+12125563007", "+12125573100"
"""Phone numbers to which the simulator does not deliver texts."""

_phones = (audience(1, first=20_000 + number)[0] for number in count())


def reachable() -> str:
    """Return a phone number to which every text is delivered and that no other test uses."""
    return next(_phones)


def failed(event: Event, phone: str, message: str = "", **more: str) -> tuple[str, Json]:
    """Add an attendee who can't be reached, and send a text.

    Return the attendee's id, and the text as the history shows it.
    """
    attendee_id = event.add("Ann", phone, **more)
    return attendee_id, sent(event, attendee_id, message)


def sent(event: Event, attendee_id: str, message: str = "") -> Json:
    """Text an attendee, and return the final entry of this text in the history."""
    before = event.summary()["total"]
    event.notify("invitation", attendeeIds=[attendee_id], message=message or f"To {event.id}")
    event.wait_until_settled(before + 1)
    newest: Json = event.history(attendee_id)["messages"][0]
    return newest
