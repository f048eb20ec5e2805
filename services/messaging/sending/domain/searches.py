"""Decide what a search in Twilio's list of messages proves about an attempt to send.

Twilio's messages have times by Twilio's clock, and an attempt has a time by our database's clock.
Only the age of an attempt is used. For example, an attempt is 40 seconds old by our clock, and
Twilio's answer has the time 12:00:50. Then the attempt was made at 12:00:10 by Twilio's clock. So
it does not matter how far the clocks differ, only whether one of them was set between the attempt
and the search. A tolerance allows for that. Enough time must have passed by both clocks, because
one of them may be wrong.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from servicekit.smart_encoding import REPLACEMENTS

CLOCKS_MAY_JUMP = timedelta(hours=2)
"""How far a clock may be changed between an attempt and the search for its message.

This is one hour, for a wrong time zone, and a margin.
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to send a message. It is not known whether Twilio accepted the message.

    Attributes:
        age: Time since the attempt, by the database's clock.
        unknown_for: Time since the message became unknown, by the database's clock.
        first_search: When Twilio's list was first searched for this attempt, by Twilio's clock.
        outlived_lease: Whether the message is unknown because a claim expired. If so, the process
            that claimed it may still send the request.
    """

    age: timedelta
    unknown_for: timedelta
    first_search: datetime | None
    outlived_lease: bool

    def began_at(self, asked_at: datetime) -> datetime:
        """Return when the attempt began, by Twilio's clock. `asked_at`: that clock's time now."""
        began = asked_at - max(self.age, timedelta())
        return min(began, self.first_search) if self.first_search else began

    def listed_since(self, asked_at: datetime) -> datetime:
        """Return the earliest time that Twilio's list can show for the attempt's message.

        `asked_at`: the present time of Twilio's clock.
        """
        return self.began_at(asked_at) - CLOCKS_MAY_JUMP


@dataclass(frozen=True, slots=True)
class Patience:
    """How long Twilio's list is searched before a message counts as never sent.

    `horizon`: the time after which Twilio's list surely shows what Twilio accepted. `lease`: how
    long after the claim of a message the sender process may begin the request.
    """

    horizon: timedelta
    lease: timedelta

    def is_over(self, attempt: Attempt, asked_at: datetime) -> bool:
        """Tell whether a search at `asked_at` without a result proves the message was not sent.

        `asked_at` is Twilio's time. The time `horizon` must have passed twice: since the message
        became unknown, by the database's clock, and since the first search, by Twilio's clock. If
        the message is unknown because a lease expired, the time `lease` must also have passed since
        the first search: if the database's clock was set ahead, the sender may still be sending.
        """
        if attempt.first_search is None or attempt.unknown_for <= self.horizon:
            return False
        needed = max(self.horizon, self.lease) if attempt.outlived_lease else self.horizon
        return asked_at - attempt.first_search >= needed


def same_body(listed: str, ours: str) -> bool:
    """Return whether `listed`, a body in Twilio's list, may be our body `ours`.

    Twilio lists bodies as it has encoded them.
    """
    return listed == ours or _encoded(listed) == _encoded(ours)


def _encoded(body: str) -> str:
    return body.translate(REPLACEMENTS).strip()
