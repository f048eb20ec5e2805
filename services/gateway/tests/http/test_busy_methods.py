"""If a lock would block several requests, one of them tries and the others are refused."""

from uuid import uuid4

import pytest

from servicekit.errors import Busy
from services.gateway.http.busy_methods import BusyMethods

KEY = (uuid4(), "/billing/Charge")


def meet_a_lock(stuck: BusyMethods) -> None:
    with pytest.raises(Busy, match="too long"), stuck.attempt(KEY):
        raise Busy("took too long")


def test_requests_run_at_the_same_time_until_a_lock_blocks_one() -> None:
    stuck = BusyMethods()
    with stuck.attempt(KEY), stuck.attempt(KEY):
        pass


def test_after_a_lock_blocked_a_request_one_trial_request_runs_and_the_others_get_busy() -> None:
    stuck = BusyMethods()
    meet_a_lock(stuck)
    with stuck.attempt(KEY):
        with pytest.raises(Busy), stuck.attempt(KEY):
            pytest.fail("it was let through")
        with stuck.attempt((uuid4(), KEY[1])), stuck.attempt((KEY[0], "/billing/GetBalance")):
            pass


def test_if_the_trial_request_is_blocked_too_the_next_request_becomes_the_trial() -> None:
    stuck = BusyMethods()
    for _ in range(3):
        meet_a_lock(stuck)


@pytest.mark.parametrize("error", [None, ValueError("bad input")], ids=["done", "refused"])
def test_a_success_lets_all_requests_through_again(error: Exception | None) -> None:
    stuck = BusyMethods()
    meet_a_lock(stuck)
    try:
        with stuck.attempt(KEY):
            if error:
                raise error
    except ValueError:
        pass
    with stuck.attempt(KEY), stuck.attempt(KEY):
        pass
