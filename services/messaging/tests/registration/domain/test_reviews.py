"""The newest review decision applies, even if decisions are unordered or repeated."""

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

any_decision = st.builds(
    ReviewDecision,
    st.sampled_from(STATUSES),
    st.integers(-3, 6).map(lambda minutes: SUBMITTED + timedelta(minutes=minutes)),
)


def final_status(decisions: list[ReviewDecision]) -> str:
    status, decided_at = "pending", SUBMITTED
    for decision in decisions:
        if supersedes(status, decided_at, decision):
            status, decided_at = decision.status, decision.decided_at
    return status


@given(st.lists(any_decision, max_size=8), st.randoms())
def test_the_result_of_review_decisions_does_not_depend_on_their_order_or_repetition(
    decisions: list[ReviewDecision], random: Random
) -> None:
    shuffled = [*decisions, *decisions]
    random.shuffle(shuffled)
    assert final_status(shuffled) == final_status(decisions)


@given(st.lists(any_decision, max_size=8))
def test_a_decision_on_an_earlier_attempt_is_ignored(decisions: list[ReviewDecision]) -> None:
    now = [decision for decision in decisions if decision.decided_at >= SUBMITTED]
    assert final_status(decisions) == final_status(now)


@given(st.lists(any_decision, min_size=1, max_size=8))
def test_the_newest_review_decision_applies(decisions: list[ReviewDecision]) -> None:
    final = [w for w in decisions if w.status != "pending" and w.decided_at >= SUBMITTED]
    if not final:
        assert final_status(decisions) == "pending"
        return
    newest = max(decision.decided_at for decision in final)
    assert final_status(decisions) in {
        decision.status for decision in final if decision.decided_at == newest
    }


def test_each_review_status_of_twilio_is_mapped_to_one_of_our_statuses() -> None:
    assert brand_status("IN_REVIEW") == campaign_status("IN_PROGRESS") == "pending"
    assert brand_status("APPROVED") == campaign_status("VERIFIED") == "approved"
    assert brand_status("FAILED") == campaign_status("failed") == "failed"
    assert brand_status("DELETION_PENDING") is None
