"""Each operation has sample requests that can be copied and run."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from services.gateway.http.openapi.document import document
from tests.fixtures.node import RUN

DOCUMENT = document()
# Runs the samples, and prints what each of them asked for.
_IN_NODE = """
const [folder, count] = process.argv.slice(2);
process.chdir(folder);
const asked = [];
globalThis.fetch = async (url, { method, headers = {}, body = null }) => {
  const sent = body instanceof FormData ? body.has("file") && "form" : JSON.parse(body);
  asked.push({ url: String(url), verb: method, headers, body: sent });
};
for (let number = 0; number < Number(count); number++) await import(`./sample${number}.mts`);
console.log(JSON.stringify(asked));
"""
_ENVIRONMENT = {"BASE": "https://sms.example.org", "KEY": "sk_secret", "TOKEN": "secret"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, verbs in DOCUMENT["paths"].items():
        for verb, operation in verbs.items():
            yield path, verb.upper(), operation


def sample(operation: dict[str, Any], label: str) -> str:
    [found] = [each for each in operation["x-codeSamples"] if each["label"] == label]
    return str(found["source"])


def example(operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def with_client(operation: dict[str, Any], label: str) -> bool:
    """Return whether a sample uses a client library: tests/contract tries these."""
    return "smsblaster" in sample(operation, label)


def credential(operation: dict[str, Any]) -> str:
    """Return the variable that authenticates: a key wherever keys are allowed."""
    return "KEY" if {"apiKey": []} in operation["security"] else "TOKEN"


def is_at(url: str, path: str, operation: dict[str, Any]) -> bool:
    """Return whether a URL has this path and all parameters that the operation requires."""
    parsed = httpx.URL(url)
    needed = {
        each["name"]
        for each in operation["parameters"]
        if each.get("in") == "query" and each["required"]
    }
    pattern = re.sub(r"\\\{\w+\\\}", "[^/{}]+", re.escape(path))
    return bool(re.fullmatch(pattern, parsed.path)) and needed <= set(parsed.params)


def test_curl_samples_call_their_operation_with_the_example_body() -> None:
    for path, verb, operation in operations():
        _check_curl(path, verb, operation)


def test_python_samples_call_their_operation_with_the_example_body() -> None:
    for path, verb, operation in operations():
        if not with_client(operation, "Python"):
            _check_python(path, verb, operation)


def test_typescript_samples_call_their_operation_with_the_example_body(tmp_path: Path) -> None:
    every = [each for each in operations() if not with_client(each[2], "TypeScript")]
    for number, (_, _, operation) in enumerate(every):
        (tmp_path / f"sample{number}.mts").write_text(sample(operation, "TypeScript"), "utf-8")
    (tmp_path / "contacts.csv").write_text("Phone\n", "utf-8")
    (tmp_path / "main.mts").write_text(_IN_NODE, "utf-8")
    command = [*RUN, "node", str(tmp_path / "main.mts"), str(tmp_path), str(len(every))]
    done = subprocess.run(  # noqa: S603  (our own text)
        command, stdout=subprocess.PIPE, check=True, env={**os.environ, **_ENVIRONMENT}
    )
    for (path, verb, operation), asked in zip(every, json.loads(done.stdout), strict=True):
        assert asked["verb"] == verb
        assert is_at(asked["url"], path, operation)
        is_form = "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
        assert asked["body"] == ("form" if is_form else example(operation))
        key = f"Bearer {_ENVIRONMENT[credential(operation)]}" if operation["security"] else None
        assert asked["headers"].get("Authorization") == key


def _check_curl(path: str, verb: str, operation: dict[str, Any]) -> None:
    words = shlex.split(sample(operation, "curl").replace("\\\n", ""))
    assert words[:3] == ["curl", "-X", verb]
    assert is_at(words[3].replace("$BASE", _ENVIRONMENT["BASE"]), path, operation)
    keys = [f"Authorization: Bearer ${credential(operation)}"] if operation["security"] else []
    assert [word for word in words if word.startswith("Authorization: ")] == keys
    sent = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
    assert sent == example(operation), path


def _check_python(path: str, verb: str, operation: dict[str, Any]) -> None:
    asked: dict[str, Any] = {}

    def request(verb: str, url: str, **given: Any) -> None:
        asked.update(given, verb=verb, url=url)

    with patch.object(httpx, "request", request), patch.dict(os.environ, _ENVIRONMENT):
        code = compile(sample(operation, "Python"), path, "exec")
        exec(code, {"open": lambda *_: None})  # noqa: S102  (our own text)
    assert asked["verb"] == verb
    assert is_at(asked["url"], path, operation)
    assert asked.get("json") == example(operation)
    key = f"Bearer {_ENVIRONMENT[credential(operation)]}" if operation["security"] else None
    assert asked.get("headers", {}).get("Authorization") == key
