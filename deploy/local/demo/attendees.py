"""The guests of an event, and what will become of their invitations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.local.testkit.api import Json
from deploy.local.testkit.event import Event
from deploy.local.testkit.people import file_of


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who is invited.

    `dot` is the state of their texts once the invitations are out, `trouble` what the organizer
    reads of a failed one.
    """

    first_name: str
    phone: str
    dot: str = "delivered"
    trouble: str = ""


NORA = Guest("Nora", "+16286000001")
OMAR = Guest("Omar", "+16286000002")
PIA = Guest("Pia", "+16286000003", "none")
"""Opts out before the invitation."""

# The simulator decides by the digits what becomes of a text (see its README).
QUINN = Guest("Quinn", "+16285553003", "failed", "Unreachable handset")
ROSA = Guest("Rosa", "+16285563006", "failed", "Landline detected")
SAM = Guest("Sam", "+16286000004")

FROM_FILE = (NORA, OMAR, PIA)
BY_HAND = (QUINN, ROSA, SAM)
EVERYBODY = (*FROM_FILE, *BY_HAND)


@dataclass(frozen=True, slots=True)
class Party:
    """An event, and the ids that its guests have there."""

    event: Event
    ids: Mapping[Guest, str]

    def texts(self, guest: Guest) -> Sequence[Json]:
        """What the organizer reads of the texts to a guest, the newest first."""
        texts: Sequence[Json] = self.event.history(self.ids[guest])["messages"]
        return texts

    def dots(self) -> Mapping[str, str]:
        """The state of the texts of everybody who attends, by first name."""
        return {each["firstName"]: each["smsState"] for each in self.event.attendees()}


def guest_file() -> bytes:
    """The guests who come in a file."""
    rows = [(guest.first_name, guest.phone) for guest in FROM_FILE]
    return file_of([("First Name", "Mobile"), *rows])
