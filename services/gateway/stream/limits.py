"""How many streams may be open in this process, and for how long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How many streams may be open, and for how long.

    The maximum is for a user, for an organisation and in all. A stream ends after `seconds`.
    """

    per_user: int
    per_org: int
    in_all: int
    seconds: float
