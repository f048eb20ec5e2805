"""Fixtures of the tests of faults: faults of the simulated providers."""

from collections.abc import Iterator

import pytest

from tests.fixtures.platform import Platform

SLOW = {
    "provider": "twilio",
    "method": "POST",
    "path_suffix": "/Messages.json",
    "latency_ms": [200, 600],
}


@pytest.fixture
def slow_provider(platform: Platform) -> Iterator[None]:
    """Make Twilio accept texts at once and respond late, so that a process can die in between."""
    platform.simulator.misbehave(SLOW)
    yield
    platform.simulator.misbehave()
