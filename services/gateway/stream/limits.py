"""How many streams may be open in this process, and for how long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How many streams may be open, and for how many seconds each.

    There is a maximum for a user, for an organisation and for all.
    """

    per_user: int
    per_org: int
    in_all: int
    seconds: float
