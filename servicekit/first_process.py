"""Let process 1 of a container end on SIGTERM.

The kernel ignores SIGTERM for a process 1 without a handler.

Each service's package calls `end_by_sigterm` before anything slow is imported. From then on SIGTERM
ends process 1 as it ends every other process. Code that must finish work first sets its own handler
later.
"""

import os
import signal
from types import FrameType

_FIRST = 1


def end_by_sigterm() -> None:
    """If this is process 1, make SIGTERM end it with status 128 + 15."""
    if os.getpid() == _FIRST:
        signal.signal(signal.SIGTERM, _end)


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
