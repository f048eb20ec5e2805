"""Handle disks that hang or can't be written for now: full, no inodes, over a quota, broken."""

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
# When a network file system hangs, it blocks only these threads, and not those for passwords and
# keys.
_threads = ThreadPoolExecutor(8, "disk")


def is_disk_outage(error: BaseException) -> bool:
    """Tell whether a file could not be written or opened for a reason that may pass."""
    return isinstance(error, OSError) and error.errno in _TAKES_NOTHING


async def on_disk(work: Callable[..., Result], *arguments: object) -> Result:
    """Run work that blocks on files in a thread reserved for it.

    Raises:
        OSError: The disk does not answer in time, or ``work`` raised it.
    """
    loop = asyncio.get_running_loop()
    doing = loop.run_in_executor(_threads, work, *arguments)
    done, _ = await asyncio.wait([doing], timeout=_ANSWER_SECONDS)
    if not done:
        doing.cancel()
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    return doing.result()
