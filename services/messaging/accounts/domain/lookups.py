"""What a lookup tells of a number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineLookup:
    """A number as Twilio describes it; what it does not know is None."""

    valid: bool
    country: str | None
    national_format: str | None
    line_type: str | None
    carrier: str | None
