"""Write files to folders that replicas share. A file is either complete or absent.

The files hold people's messages, so they have mode 0600 in folders of mode 0700, whatever the
umask.
"""

import os
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from servicekit.disks import on_disk

_BLOCK_BYTES = 64 * 1024


@contextmanager
def begin(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file, which `publish` renames to `path`.

    The file replaces the temporary file of an interrupted attempt. If an error is raised inside the
    ``with`` block, the temporary file is deleted, because the disk may be full.
    """
    _make_folder(path.parent)
    try:
        with open(_temporary(path), "wb", opener=_create) as file:
            yield file
    except BaseException:
        with suppress(OSError):
            _temporary(path).unlink(missing_ok=True)
        raise


def publish(file: BinaryIO, path: Path) -> None:
    """Close `file` and rename it to `path`. It then survives a crash or a power cut."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
    _temporary(path).replace(path)
    _sync_folder(path.parent)


def remove(path: Path) -> None:
    """Delete the file and its temporary file, if they exist."""
    path.unlink(missing_ok=True)
    _temporary(path).unlink(missing_ok=True)


async def read_blocks(path: Path) -> AsyncGenerator[bytes]:
    """Yield the file in blocks of 64 KiB.

    Raises:
        FileNotFoundError: The file does not exist.
        OSError: The file can't be read.
    """
    file = await on_disk(_open, path)
    with file:
        read: Callable[[int], bytes] = file.read
        while block := await on_disk(read, _BLOCK_BYTES):
            yield block


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _temporary(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _make_folder(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def _create(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)  # an interrupted attempt may have left it with another mode
    return descriptor


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
