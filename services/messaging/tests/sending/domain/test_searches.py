"""A search finds an attempt's message even if clocks differ, and never gives up too early."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.sending.domain.searches import (
    CLOCKS_MAY_JUMP,
    Attempt,
    Patience,
    same_body,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PATIENCE = Patience(timedelta(seconds=120), timedelta(seconds=60))
SECOND = timedelta(seconds=1)

offsets = st.timedeltas(-timedelta(days=400), timedelta(days=400))
jumps = st.timedeltas(-CLOCKS_MAY_JUMP + SECOND, CLOCKS_MAY_JUMP - SECOND)
whiles = st.timedeltas(timedelta(), timedelta(days=7))


def attempt(
    age: timedelta,
    unknown_for: timedelta = timedelta(),
    first_search: datetime | None = None,
    outlived_lease: bool = False,
) -> Attempt:
    return Attempt(age, unknown_for, first_search, outlived_lease)


@given(offset=offsets, past=whiles)
def test_a_message_is_found_if_the_clocks_differ(offset: timedelta, past: timedelta) -> None:
    created_at = NOON + offset  # by Twilio's clock, which differs from ours
    assert attempt(past).listed_since(created_at + past) <= created_at


@given(past=whiles, jump=jumps)
def test_a_message_is_found_if_the_database_clock_was_changed_after_the_attempt(
    past: timedelta, jump: timedelta
) -> None:
    assert attempt(past + jump).listed_since(NOON + past) <= NOON


@given(past=whiles, jump=jumps)
def test_a_message_is_found_if_the_provider_clock_was_changed_after_the_attempt(
    past: timedelta, jump: timedelta
) -> None:
    assert attempt(past).listed_since(NOON + past + jump) <= NOON


def test_a_message_is_found_if_the_database_clock_was_set_back_after_the_first_search() -> None:
    late = attempt(-timedelta(days=3), first_search=NOON + SECOND)
    assert late.listed_since(NOON + timedelta(days=4)) <= NOON


def test_a_message_sent_long_before_the_attempt_is_not_found() -> None:
    assert attempt(timedelta(minutes=5)).listed_since(NOON) > NOON - timedelta(hours=3)


@pytest.mark.parametrize(
    ("last", "asked_at", "over"),
    [
        pytest.param(attempt(timedelta(), timedelta(days=1)), NOON, False, id="first search"),
        pytest.param(
            attempt(timedelta(), timedelta(seconds=121), NOON),
            NOON + timedelta(seconds=120),
            True,
            id="both clocks ran for the horizon",
        ),
        pytest.param(
            attempt(timedelta(), timedelta(minutes=10), NOON),
            NOON + timedelta(seconds=119),
            False,
            id="the database's clock jumped ahead",
        ),
        pytest.param(
            attempt(timedelta(), timedelta(seconds=5), NOON),
            NOON + timedelta(minutes=10),
            False,
            id="the provider's clock jumped ahead",
        ),
        pytest.param(
            attempt(timedelta(), -timedelta(minutes=10), NOON),
            NOON + timedelta(minutes=10),
            False,
            id="the database's clock was set back",
        ),
        pytest.param(
            attempt(timedelta(), timedelta(minutes=10), NOON),
            NOON - timedelta(minutes=10),
            False,
            id="the provider's clock was set back",
        ),
    ],
)
def test_a_search_without_result_proves_that_nothing_was_sent_if_it_was_late_enough_by_both_clocks(
    last: Attempt, asked_at: datetime, over: bool
) -> None:
    assert PATIENCE.is_over(last, asked_at) == over


def test_nothing_is_proved_until_the_lease_has_expired_by_the_providers_clock() -> None:
    patience = Patience(timedelta(seconds=1), timedelta(seconds=60))
    expired = attempt(timedelta(), timedelta(minutes=10), NOON, outlived_lease=True)
    assert not patience.is_over(expired, NOON + timedelta(seconds=59))
    assert patience.is_over(expired, NOON + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("listed", "ours", "same"),
    [
        ("Hi Ada", "Hi Ada", True),
        ('"Hi" Ada', "\u201cHi\u201d Ada", True),
        ("Hi Ada", "Hi Ada\n", True),
        ("Hi Ada", "Hi Bob", False),
    ],
)
def test_a_body_is_recognised_although_the_provider_encoded_it(
    listed: str, ours: str, same: bool
) -> None:
    assert same_body(listed, ours) == same
