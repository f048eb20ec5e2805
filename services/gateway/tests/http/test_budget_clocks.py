"""Rate limits while the clock is set back or ahead."""

import time

import pytest

from services.gateway.http.rate_limit import RateLimits
from services.gateway.settings import GatewaySettings
from smsblaster.options.v1.access_pb2 import RATE_CLASS_SEND

MINUTE = 60


class Clock:
    """A clock that tests can set, and a rate limit of three requests a minute that uses it."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.now = time.time()
        self._limits = RateLimits(settings.model_copy(update={"rate_send": 3}))

    def time(self) -> float:
        return self.now

    def spends(self) -> bool:
        """Count one more request. Return whether it is within the limit."""
        return self._limits.spend(RATE_CLASS_SEND, "somebody")[1]


@pytest.fixture
def clock(settings: GatewaySettings, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(settings)
    monkeypatch.setattr(time, "time", clock.time)
    return clock


@pytest.mark.parametrize("ahead", [1, MINUTE])
def test_after_the_clock_is_set_back_rate_limits_block_no_longer_than_the_clock_was_ahead(
    clock: Clock, ahead: int
) -> None:
    clock.now += ahead
    assert [clock.spends() for _ in range(4)] == [True, True, True, False]
    clock.now -= ahead
    assert not clock.spends()
    clock.now += ahead + MINUTE + 1
    assert clock.spends()


def test_a_clock_that_is_set_ahead_allows_at_most_twice_the_rate_limit(clock: Clock) -> None:
    assert [clock.spends() for _ in range(4)] == [True, True, True, False]
    clock.now += 10 * MINUTE
    assert [clock.spends() for _ in range(4)] == [True, True, True, False]
