"""The state of an attendee's texts, as one dot shows it."""

from collections.abc import Mapping
from typing import Literal

from services.campaigns.events.domain.sms_statuses import figures

SmsState = Literal["none", "delivered", "pending", "failed"]


def sms_state(counts: Mapping[str, int]) -> SmsState:
    """What ``counts`` of texts by status come to, each text counted by its last attempt.

    Failed where any did not arrive (one that was taken back won't); delivered where all did;
    pending where the fate of any is not known yet.
    """
    seen = figures(counts.items())
    if seen.all_failed:
        return "failed"
    if seen.pending:
        return "pending"
    return "delivered" if seen.delivered else "none"
