"""Whatever order Twilio's words come in, and however often, the newest decision stands."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.messaging.registration.domain.reviews import (
    Word,
    brand_status,
    campaign_status,
    moves,
)

SUBMITTED = datetime(2026, 1, 1, tzinfo=UTC)
STATUSES = ("pending", "approved", "failed", "suspended")

words = st.builds(
    Word,
    st.sampled_from(STATUSES),
    st.integers(-3, 6).map(lambda minutes: SUBMITTED + timedelta(minutes=minutes)),
)


def told(said: list[Word]) -> str:
    status, told_at = "pending", SUBMITTED
    for word in said:
        if moves(status, told_at, word):
            status, told_at = word.status, word.said_at
    return status


@given(st.lists(words, max_size=8), st.randoms())
def test_order_and_repeats_change_nothing(said: list[Word], random: Random) -> None:
    shuffled = [*said, *said]
    random.shuffle(shuffled)
    assert told(shuffled) == told(said)


@given(st.lists(words, max_size=8))
def test_what_was_said_of_an_attempt_before_changes_nothing(said: list[Word]) -> None:
    now = [word for word in said if word.said_at >= SUBMITTED]
    assert told(said) == told(now)


@given(st.lists(words, min_size=1, max_size=8))
def test_the_newest_decision_stands(said: list[Word]) -> None:
    decisions = [w for w in said if w.status != "pending" and w.said_at >= SUBMITTED]
    if not decisions:
        assert told(said) == "pending"
        return
    newest = max(word.said_at for word in decisions)
    assert told(said) in {word.status for word in decisions if word.said_at == newest}


def test_twilios_words_are_known() -> None:
    assert brand_status("IN_REVIEW") == campaign_status("IN_PROGRESS") == "pending"
    assert brand_status("APPROVED") == campaign_status("VERIFIED") == "approved"
    assert brand_status("FAILED") == campaign_status("failed") == "failed"
    assert brand_status("DELETION_PENDING") is None
