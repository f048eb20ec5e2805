"""Attendees as the recipients of an event message."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.campaigns.campaigns.domain.recipients import Attendees, Recipient

ATTENDEE_VARIABLES = (
    "firstName",
    "lastName",
    "phone",
    "email",
    "rsvpStatus",
    "matchCount",
    "matchNames",
)
"""The placeholders that attendees can fill. A value that an attendee lacks is left out."""


@dataclass(frozen=True, slots=True)
class AttendeeDetails:
    """Data of an attendee for an event message.

    `matches` are the names of the attendees whom this attendee should meet.
    """

    id: UUID
    contact_id: UUID
    phone: str
    first_name: str
    last_name: str | None
    rsvp_status: str
    matches: Sequence[str] | None


def as_recipients(
    details: Iterable[AttendeeDetails], contacts: Sequence[Recipient], attendees: Attendees
) -> Sequence[Recipient]:
    """Return the attendees as recipients, each with the values for an event message.

    The attendee's names and phone number replace those of the contact. An attendee whose contact is
    not among `contacts` is left out, because the contact was deleted.
    """
    by_id = {contact.contact_id: contact for contact in contacts}
    return [
        replace(
            contact,
            phone=one.phone,
            attendee_id=one.id,
            values={**contact.values, **attendees.variables, **_values(one)},
        )
        for one in details
        if (contact := by_id.get(one.contact_id))
    ]


def _values(details: AttendeeDetails) -> Mapping[str, str]:
    matches = details.matches or ()
    return {
        "firstName": details.first_name,
        "lastName": details.last_name or "",
        "phone": details.phone,
        "rsvpStatus": details.rsvp_status,
        "matchCount": str(len(matches)),
        "matchNames": ", ".join(matches),
    }
