"""Tools for the API document: linters, generators and compilers, stored outside the checkout.

`python -m tests.clients.tools` installs those that npm and PyPI have into the user's cache folder.
Java is used if it is installed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

INSTALL = "make clients-check"
_HERE = Path(__file__).parent
_LOCKS = ("package.json", "package-lock.json", "requirements.lock")


def folder() -> Path:
    """Return the folder of the linters, generators and compilers in the versions of the lock files.

    It may not exist yet.
    """
    versions = b"".join((_HERE / name).read_bytes() for name in _LOCKS)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "smsblaster" / f"clients-{hashlib.sha256(versions).hexdigest()[:12]}"


def node_tool(name: str) -> Path | None:
    """Return the script of a tool from npm, or None if it is not installed."""
    return _existing(folder() / "node_modules" / ".bin" / name)


def node_modules() -> Path:
    """Return the folder with the packages from npm."""
    return folder() / "node_modules"


def python_tool(name: str) -> Path | None:
    """Return the script of a tool from PyPI, or None if it is not installed."""
    return _existing(folder() / "venv" / "bin" / name)


def go() -> Path | None:
    """Return the Go compiler from PyPI or an installed one, or None if there is none."""
    installed = shutil.which("go")
    return python_tool("go") or (Path(installed) if installed else None)


def generator_jar() -> Path | None:
    """Return the archive of OpenAPI Generator, or None if it is not installed."""
    found = (folder() / "venv").glob("lib/*/site-packages/openapi_generator_cli/*.jar")
    return next(iter(found), None)


def install() -> None:
    """Install the tools that are missing."""
    target = folder()
    if (target / "ready").exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    if shutil.which("npm"):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_HERE / name, target)
        _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(target))
    else:
        print("npm is not installed: linters and TypeScript are skipped.", file=sys.stderr)
    venv = str(target / "venv")
    _run(sys.executable, "-m", "venv", "--without-pip", "--clear", venv)
    uv = str(Path(sys.prefix) / "tools" / "bin" / "uv")
    lock = str(_HERE / "requirements.lock")
    _run(uv, "pip", "sync", "--quiet", "--python", f"{venv}/bin/python", "--require-hashes", lock)
    (target / "ready").touch()


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=900, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    install()
