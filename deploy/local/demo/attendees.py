"""The attendees of the event, and the outcome of each invitation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.local.testkit.api import Json
from deploy.local.testkit.event import Event
from deploy.local.testkit.people import file_of


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person who is invited.

    `dot` is the expected state of the attendee's texts after the invitations, shown as a coloured
    dot. `trouble` is the error message that the organizer sees if the invitation failed.
    """

    first_name: str
    phone: str
    dot: str = "delivered"
    trouble: str = ""


NORA = Attendee("Nora", "+16286000001")
OMAR = Attendee("Omar", "+16286000002")
PIA = Attendee("Pia", "+16286000003", "none")
"""This attendee has opted out before the invitations are sent."""

# In the simulator, the last digits of the phone number decide how a text ends (see its README).
QUINN = Attendee("Quinn", "+16285553003", "failed", "Unreachable handset")
ROSA = Attendee("Rosa", "+16285563006", "failed", "Landline detected")
SAM = Attendee("Sam", "+16286000004")

FROM_FILE = (NORA, OMAR, PIA)
BY_HAND = (QUINN, ROSA, SAM)
EVERYBODY = (*FROM_FILE, *BY_HAND)


@dataclass(frozen=True, slots=True)
class AttendeeList:
    """An event, and the id of each attendee."""

    event: Event
    ids: Mapping[Attendee, str]

    def texts(self, attendee: Attendee) -> Sequence[Json]:
        """Return the texts to an attendee as the organizer sees them, newest first."""
        texts: Sequence[Json] = self.event.history(self.ids[attendee])["messages"]
        return texts

    def dots(self) -> Mapping[str, str]:
        """Return the state of each attendee's texts, with the first name as key."""
        return {each["firstName"]: each["smsState"] for each in self.event.attendees()}


def attendee_file() -> bytes:
    """Return the CSV file with the attendees who are imported."""
    rows = [(attendee.first_name, attendee.phone) for attendee in FROM_FILE]
    return file_of([("First Name", "Mobile"), *rows])
