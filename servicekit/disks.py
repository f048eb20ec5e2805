"""Disks that take nothing for now: full, out of inodes, over a quota, read-only or broken."""

import errno

_TAKES_NOTHING = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
)


def is_disk_outage(error: BaseException) -> bool:
    """Whether a file could not be written (or opened) for a reason that passes."""
    return isinstance(error, OSError) and error.errno in _TAKES_NOTHING
