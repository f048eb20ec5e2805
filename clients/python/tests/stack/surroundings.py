"""The platform that these tests use: `tests/e2e/test_clients.py` starts it and says where it is."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import httpx

URL = os.environ["SMSBLASTER_URL"]
API_KEY = os.environ["SMSBLASTER_API_KEY"]

_SIMULATOR = os.environ["SIMULATOR_URL"]
_NUMBER = os.environ["OUR_NUMBER"]
_PATIENCE = 90.0
_PAUSE = 0.3

T = TypeVar("T")


def receive(sender: str, text: str) -> None:
    """Let a person text the organisation."""
    asked = {"from": sender, "to": _NUMBER, "body": text, "secondsAgo": 0}
    httpx.post(f"{_SIMULATOR}/sim/inbound", json=asked).raise_for_status()


def wait_until(condition: Callable[[], T]) -> T:
    """Return the first true value of a condition."""
    deadline = time.monotonic() + _PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, f"still {value!r}"
        time.sleep(_PAUSE)
    return value
