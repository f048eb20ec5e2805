"""A message's timeline shows what Twilio reported and what our database says."""

from datetime import timedelta

import pytest

from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.domain.timeline import TimelineEvent, timeline
from services.messaging.tests.sending.domain.stored_message import START, stored_message


def event_types(message: Message, *reported: str) -> list[str]:
    events = [TimelineEvent(event_type, START) for event_type in reported]
    return [event.event_type for event in timeline(message, events)]


def test_the_timeline_has_our_own_events_before_the_reports() -> None:
    message = stored_message(MessageStatus.DELIVERED, accepted_at=START)
    assert event_types(message, "queued", "sent", "delivered") == [
        *("pending", "accepted", "queued", "sent", "delivered")
    ]


@pytest.mark.parametrize(
    ("status", "error_code"), [(MessageStatus.FAILED, 21211), (MessageStatus.CANCELLED, None)]
)
def test_a_final_status_that_twilio_did_not_report_is_shown(
    status: MessageStatus, error_code: int | None
) -> None:
    message = stored_message(status, error_code=error_code)
    ended_at = START + timedelta(minutes=5)
    assert timeline(message, [])[-1] == TimelineEvent(status, ended_at, error_code)


def test_a_failure_that_twilio_reported_is_shown_once() -> None:
    message = stored_message(MessageStatus.FAILED, accepted_at=START, error_code=30007)
    assert event_types(message, "sent", "failed") == ["pending", "accepted", "sent", "failed"]


def test_a_message_under_way_shows_no_final_status() -> None:
    assert event_types(stored_message(MessageStatus.UNKNOWN)) == ["pending"]


def test_the_timeline_of_an_incoming_message_shows_when_it_was_received() -> None:
    assert event_types(stored_message(MessageStatus.RECEIVED, direction="in")) == ["received"]
