"""The counts in a campaign's metrics add up."""

from hypothesis import given
from hypothesis import strategies as st

from services.campaigns.common.domain.metrics import Outcomes, metrics

counts = st.integers(min_value=0, max_value=10**7)
outcomes = st.builds(
    Outcomes,
    pending=counts,
    queued=counts,
    sent=counts,
    delivered=counts,
    undelivered=counts,
    failed=counts,
    unknown=counts,
    cancelled=counts,
    skipped_opted_out=counts,
    skipped_invalid=counts,
)


@given(outcomes, counts, counts)
def test_every_recipient_is_in_exactly_one_count_of_the_metrics(
    found: Outcomes, opted_out: int, invalid: int
) -> None:
    figures = metrics(found.with_earlier(opted_out, invalid))
    parts = ("pending", "sent", "refused", "unknown", "opted_out", "invalid", "cancelled")
    assert figures["recipients"] == sum(figures[part] for part in parts)
    assert figures["refused"] == figures["failed"] - found.undelivered


@given(outcomes)
def test_rates_are_between_zero_and_one(found: Outcomes) -> None:
    figures = metrics(found)
    assert 0 <= figures["delivery_rate"] <= 1
    assert 0 <= figures["fail_rate"] <= 1


def test_counts_and_rates_of_a_finished_campaign_follow_from_the_outcomes_of_its_messages() -> None:
    found = Outcomes(
        queued=1,
        sent=2,
        delivered=60,
        undelivered=7,
        failed=10,
        stopped=4,
        cancelled=9,
        replied=15,
        spent_cents=76,
        skipped_opted_out=3,
        skipped_invalid=2,
        opt_outs=6,
    )
    figures = metrics(found)
    assert figures == {
        "recipients": 94,
        "pending": 0,
        "sent": 70,
        "delivered": 60,
        "failed": 13,
        "refused": 6,
        "replied": 15,
        "opted_out": 7,
        "opt_outs": 6,
        "invalid": 2,
        "unknown": 0,
        "cancelled": 9,
        "spent_cents": 76,
        "delivery_rate": 60 / 70,
        "fail_rate": 13 / 76,
        "reply_rate": 15 / 60,
    }


def test_rates_are_zero_before_anything_was_sent() -> None:
    figures = metrics(Outcomes())
    assert set(figures.values()) == {0}
