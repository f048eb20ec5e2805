"""No test waits between the tries of a request."""

import time

import pytest


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the pauses between tries in a list instead of waiting. Return the list."""
    noted: list[float] = []
    monkeypatch.setattr(time, "sleep", noted.append)
    return noted
