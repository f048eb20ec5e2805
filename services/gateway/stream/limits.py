"""How many streams may be open in this process, and for how long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Streams of a user, of an organisation and in all; and the seconds after which one ends."""

    per_user: int
    per_org: int
    in_all: int
    seconds: float
