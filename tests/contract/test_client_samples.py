"""The samples of the reference that use a client library call their operation with its example."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from services.gateway.http.openapi.document import document
from tests.contract.clients import PYTHON, TYPESCRIPT, require_python, require_typescript
from tests.fixtures.node import RUN

ENVIRONMENT = {**os.environ, "KEY": "sk_secret", "BASE": "https://sms.example.org"}
# Runs each sample until its first request, and prints what was requested.
IN_PYTHON = """
import json, pathlib, sys
import httpx
import smsblaster.http

requested = []

class Requested(BaseException):
    pass

def send(self, request, **options):
    body = json.loads(request.read() or b"null")
    requested.append([request.method, request.url.path, body])
    raise Requested

smsblaster.http.RepeatingClient.send = send
for code in json.loads(pathlib.Path(sys.argv[1]).read_text()):
    try:
        exec(code, {})
    except Requested:
        pass
print(json.dumps(requested))
"""
IN_NODE = """
const [folder, count] = process.argv.slice(2);
const requested = [];
class Requested extends Error {}
globalThis.fetch = async (request) => {
  const body = await request.text();
  const { pathname } = new URL(request.url);
  requested.push([request.method, pathname, body ? JSON.parse(body) : null]);
  return new Response('{"code": "stop"}', { status: 400 });
};
for (let number = 0; number < Number(count); number++) {
  await import(`${folder}/sample${number}.mts`).catch(() => {});
}
console.log(JSON.stringify(requested));
"""


def samples(label: str) -> Iterator[tuple[str, str, Any, str]]:
    """Yield verb, path, example of the body, and the sample of each operation with a client."""
    for path, item in document()["paths"].items():
        for verb, operation in item.items():
            [code] = [
                each["source"] for each in operation["x-codeSamples"] if each["label"] == label
            ]
            if "smsblaster" in code:
                content = operation.get("requestBody", {}).get("content", {})
                yield verb.upper(), path, content.get("application/json", {}).get("example"), code


def check(label: str, requested: Sequence[Any]) -> None:
    for (verb, path, example, _), asked in zip(samples(label), requested, strict=True):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/{}]+", re.escape(path))
        assert (asked[0], bool(re.fullmatch(pattern, asked[1]))) == (verb, True), path
        assert (asked[2] or None) == (example or None), path


def requests_of(command: Sequence[str]) -> list[Any]:
    done = subprocess.run(
        command, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: list[Any] = json.loads(done.stdout)
    return found


def test_python_samples_call_their_operation(tmp_path: Path) -> None:
    require_python()
    (tmp_path / "samples.json").write_text(
        json.dumps([code for *_, code in samples("Python")]), "utf-8"
    )
    (tmp_path / "main.py").write_text(IN_PYTHON, "utf-8")
    command = [str(PYTHON), str(tmp_path / "main.py"), str(tmp_path / "samples.json")]
    check("Python", requests_of(command))


def test_typescript_samples_call_their_operation(tmp_path: Path) -> None:
    require_typescript()
    codes = [code for *_, code in samples("TypeScript")]
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "smsblaster").symlink_to(TYPESCRIPT)
    for number, code in enumerate(codes):
        (tmp_path / f"sample{number}.mts").write_text(code, "utf-8")
    (tmp_path / "main.mts").write_text(IN_NODE, "utf-8")
    command = [*RUN, "node", str(tmp_path / "main.mts"), str(tmp_path), str(len(codes))]
    check("TypeScript", requests_of(command))
