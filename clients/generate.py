"""Generate what the clients have of the API's document: functions and types.

`make clients` runs it with the environment of the Python client. The result is not in Git.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

_CLIENTS = Path(__file__).resolve().parent
_PYTHON = _CLIENTS / "python"
_GENERATED = _PYTHON / "src" / "smsblaster" / "generated"
_TYPESCRIPT = _CLIENTS / "typescript" / "src" / "generated"
_WORK = _CLIENTS / "typescript" / "generated"
_DOCUMENT = _WORK / "openapi.json"


def main() -> None:
    """Read the document from the standard input and write both clients' parts."""
    document = json.load(sys.stdin)
    _WORK.mkdir(exist_ok=True)
    _DOCUMENT.write_text(json.dumps(document), encoding="utf-8")
    version, keyed = document["info"]["version"], _keyed_paths(document)
    _generate_python(document)
    _write_python_facts(version, keyed)
    _write_typescript_facts(version, keyed)


def _keyed_paths(document: dict[str, Any]) -> str:
    """Return a regular expression for the paths whose POST takes an `Idempotency-Key`."""
    paths = [
        path
        for path, route in document["paths"].items()
        if {"$ref": "#/components/parameters/IdempotencyKey"}
        in route.get("post", {}).get("parameters", [])
    ]
    if not paths:
        sys.exit("No route of the document takes an Idempotency-Key.")
    return "(?:" + "|".join(re.sub(r"\{\w+\}", "[^/]+", path) for path in sorted(paths)) + ")$"


def _write_python_facts(version: str, keyed: str) -> None:
    (_GENERATED / "facts.py").write_text(
        '"""The version of the API, and the paths whose POST takes an Idempotency-Key."""\n\n'
        f"API_VERSION = {version!r}\nKEYED_PATHS = {keyed!r}\n",
        "utf-8",
    )


def _write_typescript_facts(version: str, keyed: str) -> None:
    _TYPESCRIPT.mkdir(parents=True, exist_ok=True)
    (_TYPESCRIPT / "facts.ts").write_text(
        f"export const API_VERSION = {json.dumps(version)};\n"
        "/** The paths whose POST takes an Idempotency-Key. */\n"
        f"export const KEYED_PATHS = new RegExp({json.dumps(keyed)});\n",
        "utf-8",
    )


def _generate_python(document: dict[str, Any]) -> None:
    """Generate the package `smsblaster.generated`.

    All functions go to one folder, so that a route that gets another heading on the docs page stays
    where it is for those who import it.
    """
    for route in document["paths"].values():
        for operation in route.values():
            operation["tags"] = ["operations"]
    flat = _WORK / "one_tag.json"
    flat.write_text(json.dumps(document), encoding="utf-8")
    shutil.rmtree(_GENERATED, ignore_errors=True)
    generator = str(Path(sys.executable).with_name("openapi-python-client"))
    options = ("--config", str(_PYTHON / "generator.yaml"), "--meta", "none")
    subprocess.run(
        (generator, "generate", "--path", str(flat), *options, "--output-path", str(_GENERATED)),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    flat.unlink()
    # The generated file imports every class, which takes half a second of each start.
    (_GENERATED / "models" / "__init__.py").write_text('"""The objects of the API."""\n', "utf-8")


if __name__ == "__main__":
    main()
