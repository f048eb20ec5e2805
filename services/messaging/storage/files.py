"""Files in folders that replicas share: a file is there whole, or not at all."""

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
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _unfinished(path).open("wb") as file:
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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
