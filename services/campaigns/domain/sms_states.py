"""The state of an attendee's texts, as one dot shows it."""

from collections.abc import Mapping
from typing import Literal

SmsState = Literal["none", "delivered", "pending", "failed"]

_FAILED = frozenset({"failed", "undelivered", "cancelled"})


def sms_state(counts: Mapping[str, int]) -> SmsState:
    """What ``counts`` of texts by status come to, each text counted by its last attempt.

    Failed where any did not arrive (one that was taken back won't); delivered where all did;
    pending where the fate of any is not known yet.
    """
    statuses = {status for status, count in counts.items() if count}
    if not statuses:
        return "none"
    if statuses & _FAILED:
        return "failed"
    return "delivered" if statuses == {"delivered"} else "pending"
