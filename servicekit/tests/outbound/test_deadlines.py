"""A deadline passes on either of two clocks, because one may stop and the other be set back."""

import time

import pytest

from servicekit.outbound.deadlines import Deadline


def test_a_future_deadline_has_not_passed() -> None:
    assert not Deadline.after(60).has_passed


@pytest.mark.parametrize("clock", ["monotonic", "time"])
def test_a_deadline_has_passed_once_either_clock_is_beyond_it(
    clock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadline, later = Deadline.after(60), getattr(time, clock)() + 61
    monkeypatch.setattr(time, clock, lambda: later)
    assert deadline.has_passed
