"""``python -m deploy.release.cut 1.2.3``: make a release: two commits and a tag.

The first commit names the version in pyproject.toml and in the changelog, and is tagged `v1.2.3`.
The second one names it as the previous release, whose schema and API must be kept from now on.
docs/releasing.md says what comes before and after.
"""

import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from deploy.local.topology import SERVICES

ROOT = Path(__file__).resolve().parents[2]

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_ACCEPTED = re.compile(r"changes = \[.*?\n?\]", re.DOTALL)


class Refused(Exception):
    """The release can't be made; the message says what to do first."""


def name_version(root: Path, version: str, day: date) -> None:
    """Write the version into pyproject.toml, and give it what is unreleased in the changelog."""
    if not _VERSION.fullmatch(version):
        raise Refused(f"{version} is not a version such as 1.2.3")
    changelog, project = root / "CHANGELOG.md", root / "pyproject.toml"
    text = changelog.read_text(encoding="utf-8")
    head, unreleased, rest = text.partition("## Unreleased\n")
    if f"## {version} " in text:
        raise Refused(f"CHANGELOG.md has {version} already")
    if not rest.partition("\n## ")[0].strip():
        raise Refused("CHANGELOG.md has nothing under Unreleased")
    changelog.write_text(f"{head}{unreleased}\n## {version} - {day}\n{rest}", encoding="utf-8")
    before = project.read_text(encoding="utf-8")
    named = re.sub(r'^version = ".*"$', f'version = "{version}"', before, count=1, flags=re.M)
    project.write_text(named, encoding="utf-8")


def name_as_previous(root: Path, version: str, revision: str) -> None:
    """Write the release into release_before.toml, and accept no change from then on."""
    file = root / "deploy" / "release_before.toml"
    text = file.read_text(encoding="utf-8")
    values = {"version": version, "revision": revision, "api_revision": revision}
    for name, value in {**values, **newest_migrations(root)}.items():
        text = re.sub(rf'^{name} = ".*"$', f'{name} = "{value}"', text, count=1, flags=re.M)
    file.write_text(text, encoding="utf-8")
    accepted = root / "deploy" / "release" / "accepted_breaks.toml"
    empty = _ACCEPTED.sub("changes = []", accepted.read_text(encoding="utf-8"))
    accepted.write_text(empty, encoding="utf-8")


def newest_migrations(root: Path) -> Mapping[str, str]:
    """Return the number of each service's newest migration."""
    folders = {name: root / "services" / name / "migrations" for name in SERVICES}
    return {
        name: max(file.name[:4] for file in folder.glob("[0-9]*.py"))
        for name, folder in folders.items()
    }


def cut(root: Path, version: str) -> None:
    """Make both commits and the tag. Raises ``Refused`` if something is not committed yet."""
    if _git(root, "status", "--porcelain"):
        raise Refused("commit your changes first")
    name_version(root, version, datetime.now(UTC).date())
    _git(root, "commit", "--all", "--quiet", "--message", f"Release {version}")
    _git(root, "tag", "--annotate", f"v{version}", "--message", f"SMSBlaster {version}")
    name_as_previous(root, version, _git(root, "rev-parse", "--short=8", "HEAD"))
    message = f"The previous release is {version}"
    _git(root, "commit", "--all", "--quiet", "--message", message)


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 (our own arguments)
        ["git", *arguments],  # noqa: S607
        cwd=root,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    try:
        cut(ROOT, sys.argv[1])
    except Refused as reason:
        sys.exit(f"No release was made: {reason}.")
    print(f"Made v{sys.argv[1]}. docs/releasing.md says what comes next.")
