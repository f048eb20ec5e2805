"""``python -m deploy.release.compatibility``: compare the API with that of the last release.

The contract and the API document of that release are made from Git, once, in the user's cache
folder. buf compares the contracts, because processes of two releases call each other, and
``openapi_breaks`` compares the documents. What may break is in ``accepted_breaks.toml``, with its
reason. Without Git's history or npm, a comparison is skipped, with a message.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from deploy.release import openapi_breaks
from deploy.release_before import NoHistory, extract, release_before

ROOT = Path(__file__).resolve().parents[2]
ACCEPTED = Path(__file__).with_name("accepted_breaks.toml")

_CODE = ("protos", "servicekit", "services", "docs", "pyproject.toml")
_CONTRACT = Path("gen") / "contract-with-imports.binpb"
_BUF = "@bufbuild/buf@1.75.0"
_RULES = {
    "version": "v2",
    "breaking": {"use": ["WIRE_JSON"], "ignore": ["buf", "google"]},
}


def released(revision: str) -> Path:
    """Return a folder with the code of a release, its contract, and its `openapi.json`."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "smsblaster" / f"api-{revision}"
    if not (folder / "openapi.json").exists():
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
        _make(revision, unfinished)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    return folder


def _make(revision: str, folder: Path) -> None:
    extract(revision, _CODE, folder)
    generator = str(ROOT / ".venv" / "tools" / "bin" / "python")
    _run([generator, "protos/generate.py"], folder)
    document = _run([sys.executable, "-P", "-m", "services.gateway", "openapi"], folder)
    (folder / "openapi.json").write_text(document, encoding="utf-8")


def _run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'gen'}"}
    done = subprocess.run(  # noqa: S603 (our own commands)
        command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def api_breaks(before: Path) -> list[str]:
    """Return the changes that can break a client of the API of a release."""
    old = json.loads((before / "openapi.json").read_text(encoding="utf-8"))
    new = json.loads(_run([sys.executable, "-P", "-m", "services.gateway", "openapi"], ROOT))
    return openapi_breaks.breaks(old, new)


def contract_breaks(before: Path) -> list[str] | None:
    """Return what buf finds between the contracts; None without buf."""
    buf = _buf()
    if buf is None:
        return None
    against = str(before / _CONTRACT)
    done = subprocess.run(  # noqa: S603 (our own arguments)
        [
            *buf,
            *("breaking", str(_CONTRACT), "--against", against),
            *("--config", json.dumps(_RULES), "--error-format", "json"),
        ],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode and not done.stdout:
        raise RuntimeError(done.stderr)
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted({f"{one.get('path', 'contract')}: {one['message']}" for one in found})


def _buf() -> list[str] | None:
    if shutil.which("buf"):
        return ["buf"]
    return ["npx", "--yes", _BUF] if shutil.which("npx") else None


def accepted() -> dict[str, set[str]]:
    """Return the changes that are accepted, by kind of comparison."""
    given = tomllib.loads(ACCEPTED.read_text(encoding="utf-8"))
    return {kind: set(given.get(kind, {}).get("changes", ())) for kind in ("api", "contract")}


def differences(found: list[str], expected: set[str]) -> list[str]:
    """Return a line for each change that is not accepted, or accepted and not there."""
    new = [f"breaks: {line}" for line in found if line not in expected]
    return new + [f"accepted, but not there: {line}" for line in sorted(expected - set(found))]


def main() -> int:
    """Print what breaks; return 1 if something does."""
    revision = release_before().api_revision
    try:
        before = released(revision)
    except NoHistory as reason:
        print(f"!!! the comparison with the last release is SKIPPED: {reason}", file=sys.stderr)
        return 0
    lines = differences(api_breaks(before), accepted()["api"])
    contract = contract_breaks(before)
    if contract is None:
        print("!!! the contract is not compared: install npm or buf", file=sys.stderr)
    else:
        lines += differences(contract, accepted()["contract"])
    for line in lines:
        print(line)
    if lines:
        print(f"The API must keep what {revision} has (docs/releasing.md).", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
