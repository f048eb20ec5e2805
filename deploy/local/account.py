"""The account that Postgres runs under, and folders that this account can reach.

Postgres refuses to run as root. Started by root, it runs as `nobody`, who can't enter a checkout
or a state folder below somebody's private home: then its files live under /var/lib instead.
"""

import hashlib
import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path

_OUTSIDE = Path("/var/lib/smsblaster")
_UNPRIVILEGED = "nobody"
_TRAVERSE_BY_ALL = 0o001


def server_user() -> str | None:
    """Return the account that Postgres must switch to, None when it can run as ourselves."""
    return _UNPRIVILEGED if os.geteuid() == 0 else None


def is_reachable(folder: Path) -> bool:
    """Tell whether the server's account can enter `folder`'s parents."""
    if server_user() is None:
        return True
    return all(parent.stat().st_mode & _TRAVERSE_BY_ALL for parent in folder.resolve().parents)


def private_folder(wanted: Path) -> Path:
    """Return an existing folder that belongs to the server's account: `wanted`, or one outside.

    The folder outside is named after `wanted`, which then holds only a note of it. When `wanted`
    is gone, its data outside is gone with it: the remains of a deleted state folder are removed.
    """
    folder = wanted if is_reachable(wanted) else _folder_outside(wanted)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    give_to_server(folder)
    return folder


def give_to_server(path: Path) -> None:
    """Hand a file or folder over to the server's account."""
    user = server_user()
    if user is not None:
        owner = pwd.getpwnam(user)
        os.chown(path, owner.pw_uid, owner.pw_gid)


def reachable_tree(root: Path, parts: Sequence[str]) -> Path:
    """Return `root`, or a folder with copies of its `parts` when it can't be reached."""
    if is_reachable(root / "any"):
        return root
    present = [part for part in parts if (root / part).exists()]
    stamps = [f"{root.resolve() / part}:{(root / part).stat().st_mtime_ns}" for part in present]
    copy = _OUTSIDE / f"copy-{_digest(' '.join(stamps))}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        for part in present:
            shutil.copytree(root / part, unfinished / part, symlinks=True)
        unfinished.rename(copy)
    return copy


def _folder_outside(wanted: Path) -> Path:
    folder = _OUTSIDE / f"data-{_digest(str(wanted.resolve()))}"
    note = wanted / "location"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        wanted.mkdir(parents=True, exist_ok=True)
        note.write_text(f"{folder}\n", encoding="utf-8")
    return folder


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
