"""The result of looking up a phone number at Twilio."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineLookup:
    """What Twilio knows about a phone number. Fields that Twilio doesn't know are None."""

    valid: bool
    country: str | None
    national_format: str | None
    line_type: str | None
    carrier: str | None
