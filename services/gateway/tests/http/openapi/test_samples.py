"""Each operation has sample requests that can be copied and run."""

import json
import os
import re
import shlex
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import httpx

from services.gateway.http.openapi.document import document

DOCUMENT = document()
_ENVIRONMENT = {"BASE": "https://sms.example.org", "TOKEN": "secret"}


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
        _check_python(path, verb, operation)


def _check_curl(path: str, verb: str, operation: dict[str, Any]) -> None:
    words = shlex.split(sample(operation, "curl").replace("\\\n", ""))
    assert words[:3] == ["curl", "-X", verb]
    assert is_at(words[3].replace("$BASE", _ENVIRONMENT["BASE"]), path, operation)
    assert ("Authorization: Bearer $TOKEN" in words) == bool(operation["security"])
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
    assert ("headers" in asked) == bool(operation["security"])
