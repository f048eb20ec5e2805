"""The sets of statuses are consistent with each other and with Twilio's statuses."""

import pytest

from services.messaging.sending.domain.message_status import (
    AT_PROVIDER,
    AWAITING_REPORT,
    FINAL,
    RANK,
    RETRYABLE,
    MessageStatus,
    from_twilio,
    usage_of_move,
)


def test_every_status_has_a_rank() -> None:
    assert set(RANK) == set(MessageStatus)


def test_each_status_that_can_be_retried_is_final() -> None:
    assert RETRYABLE <= FINAL


def test_a_status_that_awaits_a_delivery_report_is_not_final_and_twilio_has_the_message() -> None:
    assert AT_PROVIDER.issuperset(AWAITING_REPORT)
    assert FINAL.isdisjoint(AWAITING_REPORT)


@pytest.mark.parametrize("was", [None, *MessageStatus])
def test_a_message_counts_as_sent_when_it_reaches_the_provider(was: MessageStatus | None) -> None:
    counted = "sent" in usage_of_move(was, MessageStatus.DELIVERED)
    assert counted is (was not in AT_PROVIDER)


def test_each_status_that_twilio_reports_means_that_twilio_has_the_message_or_that_it_failed() -> (
    None
):
    words = ["accepted", "scheduled", "queued", "sending", "sent", "delivered", "failed"]
    statuses = {from_twilio(word) for word in words}
    assert statuses <= AT_PROVIDER | {MessageStatus.FAILED}
