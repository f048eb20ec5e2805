"""Begin and open the log files of processes."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from deploy.local.state import private_file

_KEPT_LOGS = 3

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""Errors of a write to a disk that is full, broken or read-only."""


def rotate(log_file: Path) -> None:
    """Rename the last few logs to `.1` (newest), `.2`, … and begin a new one.

    If the disk allows no changes, the old log is continued.
    """
    with suppress(OSError):
        for number in range(_KEPT_LOGS, 0, -1):
            older = log_file.with_name(f"{log_file.name}.{number}")
            newer = log_file.with_name(f"{log_file.name}.{number - 1}") if number > 1 else log_file
            if newer.exists():
                newer.replace(older)


def open_log(log_file: Path) -> BinaryIO:
    """Open the log for writing. If that fails, return a file that discards all output.

    A process without a log is better than no process, for example on a full disk.
    """
    try:
        log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.fdopen(private_file(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab")
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        return Path(os.devnull).open("ab")
