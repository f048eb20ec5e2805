"""The state of an attendee's messages, shown as one dot."""

from collections.abc import Mapping
from typing import Literal

from services.campaigns.events.domain.sms_statuses import count_shown

SmsState = Literal["none", "delivered", "pending", "failed"]


def sms_state(counts: Mapping[str, int]) -> SmsState:
    """Return the state of messages that are counted by the status of their last attempt.

    Failed if any message failed or was cancelled, else pending if the result of any is not known
    yet, else delivered.
    """
    shown = count_shown(counts.items())
    if shown.all_failed:
        return "failed"
    if shown.pending:
        return "pending"
    return "delivered" if shown.delivered else "none"
