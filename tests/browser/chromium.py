"""Find an installed Chromium, or get one from npm and unpack it in the user's cache folder."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.fixtures.node import RUN

_PACKAGE = Path(__file__).with_name("npm")
_INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_VERSION = "153.0.0"
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-zygote"]
"""Arguments with which every browser here is started: for containers, and without a screen."""

HOW_TO_GET_IT = "install Chromium, set CHROMIUM to its path, or allow access to npm"


@dataclass(frozen=True)
class Chromium:
    """The path of a browser, and the environment variables that it needs."""

    program: str
    environment: dict[str, str | float | bool] = field(default_factory=dict)


def find_chromium() -> Chromium | None:
    """Return a browser, or None if none is installed and npm can't fetch one."""
    named = os.environ.get("CHROMIUM")
    installed = next(filter(None, map(shutil.which, _INSTALLED)), None)
    if named or installed:
        return Chromium(str(named or installed))
    folder = _cache() / f"chromium-{_VERSION}"
    if not (folder / "fonts.conf").exists() and not _fetch(folder):
        return None
    environment: dict[str, str | float | bool] = {
        "LD_LIBRARY_PATH": str(folder / "lib"),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        "HOME": str(folder),
    }
    return Chromium(str(folder / "chromium"), environment)


def _fetch(folder: Path) -> bool:
    """Install the npm package, and unpack it completely or not at all."""
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    commands = (
        [*RUN, "npm", "ci", "--ignore-scripts", "--prefix", str(_PACKAGE)],
        [*RUN, "node", str(_PACKAGE / "unpack.mjs"), str(folder), str(unfinished)],
    )
    for command in commands:
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return False
    if not folder.exists():
        unfinished.rename(folder)
    return True


def _cache() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "smsblaster"
    cache.mkdir(parents=True, exist_ok=True)
    return cache
