"""An endpoint gets as many calls as it can answer, and no more than the customer's limit."""

from uuid import uuid4

from services.webhooks.delivery.domain.pace import Paces

_ENDPOINT = uuid4()


def make(paces: Paces, number: int, per_second: int | None, now: float) -> None:
    """Make `number` calls that succeed, one after the other."""
    for _ in range(number):
        paces.begin(_ENDPOINT, per_second, now)
        paces.end(_ENDPOINT, succeeded=True, now=now)


def test_a_success_raises_the_limit_of_simultaneous_calls_by_one_and_a_failure_halves_it() -> None:
    paces = Paces()
    make(paces, 8, None, 0)
    assert paces.free(0) == {_ENDPOINT: paces.first + 8}
    paces.begin(_ENDPOINT, None, 0)
    paces.end(_ENDPOINT, succeeded=False, now=0)
    assert paces.free(0) == {_ENDPOINT: (paces.first + 8) // 2}


def test_a_call_that_was_not_made_does_not_change_the_limit_of_simultaneous_calls() -> None:
    paces = Paces()
    paces.begin(_ENDPOINT, None, 0)
    paces.end(_ENDPOINT, succeeded=None, now=0)
    assert paces.free(0) == {_ENDPOINT: paces.first}


def test_calls_under_way_count_towards_the_limit_of_simultaneous_calls() -> None:
    paces = Paces()
    paces.begin(_ENDPOINT, None, 0)
    assert paces.free(0) == {_ENDPOINT: paces.first - 1}


def test_a_limit_of_three_per_second_allows_three_calls_in_each_second() -> None:
    paces = Paces()
    make(paces, 3, 3, 0)
    assert paces.free(0) == {_ENDPOINT: 0}
    assert paces.free(1) == {_ENDPOINT: 3}
    assert paces.free(100) == {_ENDPOINT: 3}


def test_a_limit_that_is_set_on_a_busy_endpoint_does_not_count_earlier_calls() -> None:
    paces = Paces()
    make(paces, 10_000, None, 0)
    make(paces, 1, 10, 1)
    assert paces.free(1) == {_ENDPOINT: 9}


def test_a_limit_that_is_raised_or_removed_applies_at_once() -> None:
    paces = Paces()
    make(paces, 2, 2, 0)
    make(paces, 1, 20, 0)
    assert paces.free(0) == {_ENDPOINT: paces.first + 3}
    make(paces, 10, None, 0)
    assert paces.free(0) == {_ENDPOINT: paces.first + 13}


def test_the_pace_of_an_endpoint_that_was_not_called_for_ten_minutes_is_deleted() -> None:
    paces = Paces()
    make(paces, 8, None, 0)
    assert paces.free(601) == {}
