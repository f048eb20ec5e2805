"""A contact as messaging knows it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact that can be texted, or that a message came from.

    Attributes:
        phone: The number in E.164 format, or another sender's address.
        opted_out: Whether the contact must not be texted.
        time_zone: The contact's IANA time zone. None if it is unknown.
    """

    contact_id: UUID
    phone: str
    opted_out: bool
    time_zone: str | None
