"""Files in folders that replicas share: a file is there whole, or not at all.

They hold people's texts: files are 0600 in folders of 0700, whatever the umask.
"""

import os
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from servicekit.disks import on_disk

_BLOCK = 64 * 1024


@contextmanager
def begin(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which :func:`publish` makes ``path``; it replaces a cut-off try's.

    Where the block fails, nothing of it is left: on a disk that is full others need the space.
    """
    _make_folder(path.parent)
    try:
        with open(_unfinished(path), "wb", opener=_create) as file:
            yield file
    except BaseException:
        with suppress(OSError):
            _unfinished(path).unlink(missing_ok=True)
        raise


def publish(file: BinaryIO, path: Path) -> None:
    """Close ``file`` and let it be ``path``; no crash or power cut loses it after this."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
    _unfinished(path).replace(path)
    _sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove the file and what is left of an unfinished one, if there are any."""
    path.unlink(missing_ok=True)
    _unfinished(path).unlink(missing_ok=True)


async def blocks(path: Path) -> AsyncGenerator[bytes]:
    """The file in blocks of 64 KiB. Raises ``FileNotFoundError``, ``OSError``."""
    file = await on_disk(_opened, path)
    with file:
        read: Callable[[int], bytes] = file.read
        while block := await on_disk(read, _BLOCK):
            yield block


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _make_folder(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def _create(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)  # a cut-off try may have left it with another mode
    return descriptor


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
