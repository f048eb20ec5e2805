"""Reduce the statuses of an attendee's messages to one state, which is shown as a dot."""

from collections.abc import Mapping
from typing import Literal

from services.campaigns.events.domain.sms_statuses import count_shown

SmsState = Literal["none", "delivered", "pending", "failed"]


def sms_state(counts: Mapping[str, int]) -> SmsState:
    """Return the state of an attendee's messages.

    `counts` has the counts of their last attempts by status.

    The state is failed if any message failed or was cancelled, else pending if the result of any
    message is not known yet, else delivered, or none if there is no message.
    """
    shown = count_shown(counts.items())
    if shown.all_failed:
        return "failed"
    if shown.pending:
        return "pending"
    return "delivered" if shown.delivered else "none"
