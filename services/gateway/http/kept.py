"""Answers kept for a moment, so that a busy client does not ask for them again and again."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Keeps values for ``seconds``, ``most`` of them at a time."""

    def __init__(self, seconds: float, most: int = 10_000) -> None:
        self._seconds = seconds
        self._most = most
        self._values: dict[Key, tuple[float, Value]] = {}

    def get(self, key: Key, find: Callable[[], Value]) -> Value:
        """The value that is kept under ``key``, or what ``find`` finds, which is kept then."""
        kept = self._values.get(key)
        now = time.monotonic()
        if kept is not None and now < kept[0]:
            return kept[1]
        value = find()
        if len(self._values) >= self._most:
            self._values.clear()
        self._values[key] = (now + self._seconds, value)
        return value
