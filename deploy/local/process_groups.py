"""Process groups: a supervised process is the first of its group."""

import os
import signal
from contextlib import suppress


def kill_group(group: int) -> None:
    """Send SIGKILL to a process group, if it still exists."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
