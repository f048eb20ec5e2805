"""JSON as providers post it."""

import json
from typing import Any

import orjson

from servicekit.text import storable_json


class UnreadableJson(ValueError):
    """The body is not JSON."""


def read_json(body: bytes) -> Any:
    """Return the value of a JSON body, its strings fit to be stored.

    Raises:
        UnreadableJson: it is not JSON, or nested too deeply.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _with_surrogates(body)
    return storable_json(value) if b"\\u" in body else value


def _with_surrogates(body: bytes) -> Any:
    """JSON with escapes of lone surrogates, which orjson does not take."""
    if b"\\u" not in body:
        raise UnreadableJson("the body is not JSON")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableJson("the body is not JSON") from None
