"""What a search in Twilio's list of messages proves about an attempt to send.

Twilio's messages carry the time of Twilio's clock, an attempt that of our database. The two are
compared by durations: an attempt that is so old by our clock was made that long before the time
that Twilio's answer tells. So it does not matter how far the clocks differ, only whether one of
them was set between the attempt and the search. That is allowed for, and of two clocks that must
agree that enough time has passed one may be wrong.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from servicekit.smart_encoding import REPLACEMENTS

CLOCKS_MAY_JUMP = timedelta(hours=2)
"""How far a clock may be set between an attempt and a search that must find its message: the hour
of a wrong time zone, and room."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to send of which nobody knows whether Twilio took it.

    ``age`` and ``unknown_for`` are by the database's clock: since the attempt, and since its fate
    became unknown. ``first_search`` is Twilio's time of the first search for it. ``outlived_lease``
    says that its fate is unknown because a lease ran out, so that its request may be late.
    """

    age: timedelta
    unknown_for: timedelta
    first_search: datetime | None
    outlived_lease: bool

    def began_at(self, asked_at: datetime) -> datetime:
        """When the attempt was made by Twilio's clock, which says ``asked_at`` now."""
        began = asked_at - max(self.age, timedelta())
        return min(began, self.first_search) if self.first_search else began

    def listed_since(self, asked_at: datetime) -> datetime:
        """The earliest time that Twilio may have given to the message."""
        return self.began_at(asked_at) - CLOCKS_MAY_JUMP


@dataclass(frozen=True, slots=True)
class Patience:
    """How long Twilio is searched before a message counts as never sent.

    ``horizon``: the time in which Twilio lists what it took. ``lease``: how long after its claim a
    sender may begin a request.
    """

    horizon: timedelta
    lease: timedelta

    def is_over(self, attempt: Attempt, asked_at: datetime) -> bool:
        """Whether a search at ``asked_at`` (Twilio's time) that found nothing proves that there is
        nothing.

        The database's clock must have run for the horizon since the fate became unknown, and
        Twilio's since the first search. After a lease that ran out Twilio's must have run for as
        long as a lease, too: had the database's clock jumped, the sender would still be sending.
        """
        if attempt.first_search is None or attempt.unknown_for <= self.horizon:
            return False
        needed = max(self.horizon, self.lease) if attempt.outlived_lease else self.horizon
        return asked_at - attempt.first_search >= needed


def same_words(listed: str, ours: str) -> bool:
    """Whether Twilio may show ``ours`` as ``listed``: it lists a text as it encoded it."""
    return listed == ours or _encoded(listed) == _encoded(ours)


def _encoded(body: str) -> str:
    return body.translate(REPLACEMENTS).strip()
