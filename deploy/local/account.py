"""Choose the OS user that runs Postgres, and folders that this user can enter.

Postgres refuses to run as root. If root starts the launcher, Postgres runs as `nobody`. If `nobody`
can't enter the checkout or the state folder, Postgres' files are under /var/lib instead.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.local.state import private_file

_OUTSIDE = Path("/var/lib/smsblaster")
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it
_TEMPORARY = Path(tempfile.gettempdir())
_PREFIX = "smsblaster-"
_MARK = ".temporary-state"
_ABANDONED_AFTER = 60.0
_ROOMY_BYTES = 4 << 30
_UNPRIVILEGED = "nobody"
_TRAVERSE_BY_ALL = 0o001
_PRIVATE_BUT_TRAVERSABLE = 0o711


def server_user() -> str | None:
    """Return the OS user that Postgres must run as; None if it can run as the launcher's user."""
    return _UNPRIVILEGED if os.geteuid() == 0 else None


def is_reachable(folder: Path) -> bool:
    """Tell whether the server's OS user has access to the parent folders of `folder`."""
    if server_user() is None:
        return True
    return all(parent.stat().st_mode & _TRAVERSE_BY_ALL for parent in folder.resolve().parents)


@contextmanager
def temporary_state(*, in_memory: bool = False) -> Iterator[Path]:
    """Create a state folder for tests, and delete it at the end of the `with` block.

    Postgres can use it whichever OS user it runs as. `in_memory` puts the folder into memory if
    there is enough memory: creating a database is ten times faster there.
    """
    parent = _SHARED_MEMORY if in_memory and _is_roomy(_SHARED_MEMORY) else _TEMPORARY
    _remove_abandoned(parent)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent) as name:
        folder = Path(name)
        folder.chmod(_PRIVATE_BUT_TRAVERSABLE)
        with _held(folder / _MARK):
            yield folder


def private_folder(wanted: Path) -> Path:
    """Return a folder that belongs to the server's OS user: `wanted`, or one under /var/lib.

    If this user can't enter `wanted`, the data is in a folder under /var/lib, and `wanted` has
    only a note with its path. If `wanted` was deleted, the data under /var/lib is deleted too.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    folder = wanted if is_reachable(wanted) else _folder_outside(wanted)
    folder.mkdir(exist_ok=True, mode=0o700)
    give_to_server(folder)
    return folder


def give_to_server(path: Path) -> None:
    """Make the server's OS user the owner of a file or folder."""
    user = server_user()
    if user is not None:
        owner = pwd.getpwnam(user)
        os.chown(path, owner.pw_uid, owner.pw_gid)


def reachable_tree(root: Path, parts: Sequence[str]) -> Path:
    """Return `root`, or a folder with copies of its `parts`.

    The parts are copied if the server's OS user can't read all of them.
    """
    present = [part for part in parts if (root / part).exists()]
    if all(is_reachable(root / part / "any file") for part in present):
        return root
    stamps = [f"{root.resolve() / part}:{(root / part).stat().st_mtime_ns}" for part in present]
    copy = _outside() / f"copy-{_digest(' '.join(stamps))}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        for part in present:
            shutil.copytree(root / part, unfinished / part, symlinks=True)
        _open_for_reading(unfinished)
        unfinished.rename(copy)
    return copy


def _open_for_reading(root: Path) -> None:
    """Let all users read the files and enter the folders that the owner can read and enter."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            for_owner = mode & (stat.S_IRUSR | stat.S_IXUSR)
            path.chmod(mode | for_owner >> 3 | for_owner >> 6)


def _folder_outside(wanted: Path) -> Path:
    folder = _outside() / f"data-{_digest(str(wanted.resolve()))}"
    note = wanted / "location"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        wanted.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(private_file(note, os.O_WRONLY | os.O_CREAT), "w", encoding="utf-8") as file:
            file.write(f"{folder}\n")
    return folder


def _outside() -> Path:
    _OUTSIDE.mkdir(parents=True, exist_ok=True)
    _OUTSIDE.chmod(_PRIVATE_BUT_TRAVERSABLE)
    return _OUTSIDE


def _is_roomy(folder: Path) -> bool:
    return folder.is_dir() and shutil.disk_usage(folder).free > _ROOMY_BYTES


@contextmanager
def _held(mark: Path) -> Iterator[None]:
    """Lock the mark file of a folder. The kernel releases the lock when this process ends.

    Raises BlockingIOError if a running process holds the lock.
    """
    with mark.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _remove_abandoned(parent: Path) -> None:
    """Remove the temporary folders of launchers that were killed.

    Only folders with our mark file are removed, because another program may use the same name.
    """
    # A new folder has its mark file for a moment before the file is locked.
    newest = time.time() - _ABANDONED_AFTER
    for mark in parent.glob(f"{_PREFIX}*/{_MARK}"):
        with suppress(OSError):
            if mark.stat().st_mtime < newest and mark.stat().st_uid == os.getuid():
                with _held(mark):
                    shutil.rmtree(mark.parent)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
