"""Disks that take nothing for now, or hang: full, out of inodes, over a quota, broken, far away."""

import asyncio
import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

_TAKES_NOTHING = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
)
_ANSWER_SECONDS = 30.0
# A network's file system that hangs keeps these threads, and none that passwords, keys and the
# like are worked on in.
_threads = ThreadPoolExecutor(8, "disk")


def is_disk_outage(error: BaseException) -> bool:
    """Whether a file could not be written (or opened) for a reason that passes."""
    return isinstance(error, OSError) and error.errno in _TAKES_NOTHING


async def on_disk(work: Callable[..., Result], *arguments: object) -> Result:
    """Do what blocks on files in a thread for such work.

    Raises:
        OSError: the disk does not answer in time, or what ``work`` raises.
    """
    loop = asyncio.get_running_loop()
    doing = loop.run_in_executor(_threads, work, *arguments)
    done, _ = await asyncio.wait([doing], timeout=_ANSWER_SECONDS)
    if not done:
        doing.cancel()
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    return doing.result()
