"""Write files to a folder or a bucket that replicas share. A file is either complete or absent.

The files hold people's messages, so they have mode 0600 in folders of mode 0700, whatever the
umask.
"""

import os
import shutil
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, cast

from servicekit.disks import on_disk
from services.messaging.common.storage import buckets
from services.messaging.common.storage.buckets import BucketPath

Place = Path | BucketPath
"""A file, or a folder of files: on disk or in a bucket."""

_BLOCK_BYTES = 64 * 1024
_PART = ".part"


@contextmanager
def begin(path: Place) -> Iterator[BinaryIO]:
    """Open a file that exists once `publish` returns.

    If an error is raised inside the ``with`` block, what was written of it is deleted, because the
    disk may be full.
    """
    opening = _begin_upload(path) if isinstance(path, BucketPath) else _begin_file(path)
    with opening as file:
        yield file


@contextmanager
def _begin_upload(path: BucketPath) -> Iterator[BinaryIO]:
    upload = buckets.Upload(path)
    try:
        yield cast(BinaryIO, upload)
    except BaseException:
        with suppress(OSError):
            upload.abort()
        raise


@contextmanager
def _begin_file(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file, in place of that of an interrupted attempt."""
    _make_folder(path.parent)
    try:
        with open(_temporary(path), "wb", opener=_create) as file:
            yield file
    except BaseException:
        with suppress(OSError):
            _temporary(path).unlink(missing_ok=True)
        raise


def publish(file: BinaryIO, path: Place) -> None:
    """Close `file` and make it exist at `path`. It then survives a crash or a power cut."""
    if isinstance(path, BucketPath):
        cast(buckets.Upload, file).complete()
        return
    file.flush()
    os.fsync(file.fileno())
    file.close()
    _temporary(path).replace(path)
    _sync_folder(path.parent)


def remove(path: Place) -> None:
    """Delete the file, and what was written of it, if they exist."""
    if isinstance(path, BucketPath):
        buckets.remove(path)
        return
    path.unlink(missing_ok=True)
    _temporary(path).unlink(missing_ok=True)


def exists(path: Place) -> bool:
    """Tell whether the file exists."""
    return buckets.exists(path) if isinstance(path, BucketPath) else path.exists()


def listed(folder: Place) -> list[Place]:
    """Return the complete files of a folder, by name."""
    if isinstance(folder, BucketPath):
        return list(buckets.listed(folder))
    found = folder.iterdir() if folder.exists() else ()
    return [path for path in sorted(found) if path.suffix != _PART]


def names_below(folder: Place) -> list[str]:
    """Return the names of all complete files below a folder, in order.

    A name has the folders in between, such as `2026-05/a.txt`.
    """
    if isinstance(folder, BucketPath):
        return [path.key.removeprefix(f"{folder.key}/") for path in buckets.listed(folder)]
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != _PART)
    return sorted(str(path.relative_to(folder)) for path in found)


def remove_folder(folder: Place) -> None:
    """Delete a folder and all files below it, if it exists."""
    if isinstance(folder, BucketPath):
        for path in buckets.listed(folder):
            buckets.remove(path)
    elif folder.exists():
        shutil.rmtree(folder)


def opened(path: Place) -> IO[bytes]:
    """Open the file for reading. Raises ``FileNotFoundError``."""
    if isinstance(path, BucketPath):
        return cast(IO[bytes], buckets.opened(path))
    return path.open("rb")


async def read_blocks(path: Place) -> AsyncGenerator[bytes]:
    """Yield the file in blocks of 64 KiB.

    Raises:
        FileNotFoundError: The file does not exist.
        OSError: The file can't be read.
    """
    file = await on_disk(opened, path)
    with file:
        read: Callable[[int], bytes] = file.read
        while block := await on_disk(read, _BLOCK_BYTES):
            yield block


def _temporary(path: Path) -> Path:
    return path.with_name(f"{path.name}{_PART}")


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
