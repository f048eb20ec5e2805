"""Deadlines that hold in a process that was frozen meanwhile."""

import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment to come, on this process's clocks.

    On both, since one of them stands still while a machine sleeps and the other can be set back.
    """

    monotonic: float
    wall: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """The moment in so many seconds."""
        return cls(time.monotonic() + seconds, time.time() + seconds)

    @property
    def has_passed(self) -> bool:
        """Whether it is over by any of the clocks."""
        return time.monotonic() > self.monotonic or time.time() > self.wall
