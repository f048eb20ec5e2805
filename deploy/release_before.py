"""Read the version, the migrations and the code of the previous release."""

import io
import subprocess
import tarfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


class NoHistory(RuntimeError):
    """A revision is not in this clone."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its git revision, and the number of each service's newest migration.

    ``api_revision`` is the revision whose API must be kept.
    """

    version: str
    revision: str
    api_revision: str
    migrations: Mapping[str, str]


def release_before() -> Release:
    """Return the version data of the previous release, read from ``release_before.toml``."""
    file = Path(__file__).with_name("release_before.toml")
    return Release(**tomllib.loads(file.read_text(encoding="utf-8")))


def extract(revision: str, paths: Sequence[str], folder: Path) -> None:
    """Write these files and folders of a git revision to `folder`.

    Raises:
        NoHistory: This clone does not have the revision.
    """
    archive = subprocess.run(  # noqa: S603 (our own repository)
        ["git", "archive", revision, *paths],  # noqa: S607
        cwd=_ROOT,
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        raise NoHistory(f"needs the history up to {revision}: git fetch --unshallow")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
