"""The single state, shown as a dot, that sums up all messages to an attendee."""

import pytest

from services.campaigns.events.domain.sms_states import SmsState, sms_state


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({}, "none"),
        ({"delivered": 0, "failed": 0}, "none"),
        ({"delivered": 3}, "delivered"),
        ({"delivered": 3, "failed": 0}, "delivered"),
        ({"delivered": 3, "sent": 1}, "pending"),
        *(
            ({status: 1}, "pending")
            for status in ("pending", "sending", "queued", "sent", "unknown")
        ),
        *(
            ({"delivered": 3, "sent": 1, status: 1}, "failed")
            for status in ("failed", "undelivered", "cancelled")
        ),
    ],
)
def test_the_state_of_an_attendees_messages_is_that_of_the_worst_result(
    counts: dict[str, int], state: SmsState
) -> None:
    assert sms_state(counts) == state
