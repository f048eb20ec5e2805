"""``python -m deploy.release.image TAG --base IMAGE@sha256:...``: build the image of a release.

The base is named by its digest, so that the same commit gives the same image. Version, commit and
the commit's time go into the image's labels. The builder is docker, podman or buildah.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.release.bill import version

ROOT = Path(__file__).resolve().parents[2]
BUILDERS = ("docker", "podman", "buildah")

_BY_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")


def command(
    builder: Sequence[str], tag: str, base: str, source: str = "", options: Sequence[str] = ()
) -> list[str]:
    """Return the command that builds the image of this checkout."""
    arguments = {
        "PYTHON_IMAGE": base,
        "VERSION": version(),
        "COMMIT": _git("rev-parse", "HEAD"),
        "CREATED": _git("log", "-1", "--format=%cI"),
        "SOURCE": source,
    }
    given = [
        word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")
    ]
    return [*builder, "build", *options, *given, "--tag", tag, str(ROOT)]


def _git(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 (our own arguments)
        ["git", *arguments],  # noqa: S607
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


def is_pinned(base: str) -> bool:
    """Tell whether an image is named by its digest."""
    return _BY_DIGEST.fullmatch(base) is not None


def main() -> None:
    """Build the image, or say why it can't be built."""
    parser = argparse.ArgumentParser(prog="python -m deploy.release.image", description=__doc__)
    parser.add_argument("tag")
    parser.add_argument("--base", required=True, help="python:3.11-slim@sha256:...")
    parser.add_argument("--source", default="", help="address of the repository")
    given = parser.parse_args()
    if not is_pinned(given.base):
        parser.error(f"--base {given.base} has no digest: add @sha256:...")
    builder = next((name for name in BUILDERS if shutil.which(name)), None)
    if builder is None:
        parser.error(f"install one of {', '.join(BUILDERS)}")
    sys.exit(subprocess.call(command([builder], given.tag, given.base, given.source)))  # noqa: S603


if __name__ == "__main__":
    main()
