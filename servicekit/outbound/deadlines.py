"""Deadlines that are still right after the process was frozen for a while."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """A future moment on this process's clocks.

    The moment is stored by two clocks, because the monotonic clock stops while a machine sleeps,
    and the wall clock can be set back.
    """

    monotonic: float
    wall: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the moment that is ``seconds`` away."""
        return cls(time.monotonic() + seconds, time.time() + seconds)

    @property
    def has_passed(self) -> bool:
        """Tell whether the moment has passed by at least one of the two clocks."""
        return time.monotonic() > self.monotonic or time.time() > self.wall


_LAST_MOMENT: ContextVar[Deadline | None] = ContextVar("last_moment", default=None)


@contextmanager
def requests_begin_before(deadline: Deadline) -> Iterator[None]:
    """Within the ``with`` block, let no request to a provider begin after ``deadline``.

    This is for work under a lease: another process may do the same work once the lease has ended.
    """
    token = _LAST_MOMENT.set(deadline)
    try:
        yield
    finally:
        _LAST_MOMENT.reset(token)


def a_request_may_begin() -> bool:
    """Tell whether the current work still has its lease. True if it needs no lease."""
    deadline = _LAST_MOMENT.get()
    return deadline is None or not deadline.has_passed
