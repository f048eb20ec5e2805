"""What messaging knows about a contact."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact to whom messages can be sent, or from whom a message came.

    Attributes:
        phone: The phone number in E.164 format, or another address that a message came from.
        opted_out: Whether no message may be sent to the contact.
        time_zone: The contact's IANA time zone. None if it is unknown.
        name: First and last name. None if both are unknown.
    """

    contact_id: UUID
    phone: str
    opted_out: bool
    time_zone: str | None
    name: str | None = None
