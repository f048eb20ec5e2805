"""Decide what a search in Twilio's list of messages proves about an attempt to send.

Twilio's messages have times by Twilio's clock, an attempt has one by our database's. They are
compared by durations: an attempt of some age by our clock was made that long before the time that
Twilio's answer names. So it does not matter how far the clocks differ, only whether one of them was
set between the attempt and the search. A tolerance allows for that, and both clocks must agree that
enough time has passed, so that one of them may be wrong.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from servicekit.smart_encoding import REPLACEMENTS

CLOCKS_MAY_JUMP = timedelta(hours=2)
"""How far a clock may be set between an attempt and a search that must find its message: the hour
of a wrong time zone, and a margin."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to send, without knowing whether Twilio accepted it.

    Attributes:
        age: Time since the attempt, by the database's clock.
        unknown_for: Time since the message became unknown, by the database's clock.
        first_search: When it was first searched for, by Twilio's clock.
        outlived_lease: Whether it is unknown because a lease ran out, so that its request may
            still be made.
    """

    age: timedelta
    unknown_for: timedelta
    first_search: datetime | None
    outlived_lease: bool

    def began_at(self, asked_at: datetime) -> datetime:
        """Return when the attempt was made, by Twilio's clock, which shows `asked_at` now."""
        began = asked_at - max(self.age, timedelta())
        return min(began, self.first_search) if self.first_search else began

    def listed_since(self, asked_at: datetime) -> datetime:
        """Return the earliest time that Twilio may have given to the message."""
        return self.began_at(asked_at) - CLOCKS_MAY_JUMP


@dataclass(frozen=True, slots=True)
class Patience:
    """How long Twilio is searched before a message counts as never sent.

    `horizon`: the time within which Twilio lists what it accepted. `lease`: how long after its
    claim a sender may begin a request.
    """

    horizon: timedelta
    lease: timedelta

    def is_over(self, attempt: Attempt, asked_at: datetime) -> bool:
        """Whether a search at `asked_at` (Twilio's time) without a result proves the absence.

        The database's clock must have run for the horizon since the message became unknown, and
        Twilio's since the first search. After a lease that ran out, Twilio's must also have run for
        as long as a lease: if the database's clock jumped, the sender could still be sending.
        """
        if attempt.first_search is None or attempt.unknown_for <= self.horizon:
            return False
        needed = max(self.horizon, self.lease) if attempt.outlived_lease else self.horizon
        return asked_at - attempt.first_search >= needed


def same_body(listed: str, ours: str) -> bool:
    """Whether Twilio may list `ours` as `listed`: it lists a body as it encoded it."""
    return listed == ours or _encoded(listed) == _encoded(ours)


def _encoded(body: str) -> str:
    return body.translate(REPLACEMENTS).strip()
