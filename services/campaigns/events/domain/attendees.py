"""Attendees as the recipients of a notification."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
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
"""What an event's text can say of an attendee; what an attendee lacks is left out of the text."""


def as_recipients(
    rows: Iterable[Mapping[str, Any]], contacts: Sequence[Recipient], attendees: Attendees
) -> Sequence[Recipient]:
    """The recipients that the attendees in ``rows`` are, each with what a text can say to them.

    An attendee's own names and number hold, the rest is their contact's. Whoever has no contact
    among ``contacts`` is left out: it was deleted.
    """
    by_id: Mapping[UUID, Recipient] = {contact.contact_id: contact for contact in contacts}
    return [
        replace(
            contact,
            phone=row["phone"],
            attendee_id=row["id"],
            values={**contact.values, **attendees.variables, **_values(row)},
        )
        for row in rows
        if (contact := by_id.get(row["contact_id"]))
    ]


def _values(row: Mapping[str, Any]) -> Mapping[str, str]:
    matches = row["matches"] or ()
    return {
        "firstName": row["first_name"],
        "lastName": row["last_name"] or "",
        "phone": row["phone"],
        "rsvpStatus": row["rsvp_status"],
        "matchCount": str(len(matches)),
        "matchNames": ", ".join(matches),
    }
