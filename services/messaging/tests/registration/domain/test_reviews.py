"""The newest decision counts, whatever the order and repetition of decisions."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.messaging.registration.domain.reviews import (
    ReviewDecision,
    brand_status,
    campaign_status,
    supersedes,
)

SUBMITTED = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("pending", "approved", "failed", "suspended")

words = st.builds(
    ReviewDecision,
    st.sampled_from(STATUSES),
    st.integers(-3, 6).map(lambda minutes: SUBMITTED + timedelta(minutes=minutes)),
)


def update(said: list[ReviewDecision]) -> str:
    status, told_at = "pending", SUBMITTED
    for decision in said:
        if supersedes(status, told_at, decision):
            status, told_at = decision.status, decision.decided_at
    return status


@given(st.lists(words, max_size=8), st.randoms())
def test_order_and_repetition_of_decisions_do_not_matter(
    said: list[ReviewDecision], random: Random
) -> None:
    shuffled = [*said, *said]
    random.shuffle(shuffled)
    assert update(shuffled) == update(said)


@given(st.lists(words, max_size=8))
def test_a_decision_on_an_earlier_attempt_is_ignored(said: list[ReviewDecision]) -> None:
    now = [decision for decision in said if decision.decided_at >= SUBMITTED]
    assert update(said) == update(now)


@given(st.lists(words, min_size=1, max_size=8))
def test_the_newest_decision_counts(said: list[ReviewDecision]) -> None:
    decisions = [w for w in said if w.status != "pending" and w.decided_at >= SUBMITTED]
    if not decisions:
        assert update(said) == "pending"
        return
    newest = max(decision.decided_at for decision in decisions)
    assert update(said) in {
        decision.status for decision in decisions if decision.decided_at == newest
    }


def test_twilios_statuses_are_known() -> None:
    assert brand_status("IN_REVIEW") == campaign_status("IN_PROGRESS") == "pending"
    assert brand_status("APPROVED") == campaign_status("VERIFIED") == "approved"
    assert brand_status("FAILED") == campaign_status("failed") == "failed"
    assert brand_status("DELETION_PENDING") is None
