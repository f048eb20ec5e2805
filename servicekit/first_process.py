"""Being process 1 of a container, to which the kernel gives no signal that it has no handler for.

Each service's package calls this before anything slow is imported. SIGTERM works from then on as it
does for every other process. Whoever has something to finish sets a handler of its own later.
"""

import os
import signal
from types import FrameType

_FIRST = 1


def end_by_sigterm() -> None:
    """As process 1, end with status 128 + 15 when SIGTERM comes."""
    if os.getpid() == _FIRST:
        signal.signal(signal.SIGTERM, _end)


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
