r"""Make text from outside storable in Postgres and protobuf.

Postgres stores neither NUL in text nor ``\u0000`` in jsonb, and UTF-8 has no lone surrogates. A
text that can't be refused, because a provider sends it only once, is stored without them.
"""

import json
from collections.abc import Mapping
from typing import Any

import orjson

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """Return ``text`` without NUL, and with invalid bytes and lone surrogates replaced.

    Bytes that were decoded with ``surrogateescape`` become U+FFFD, and so do lone surrogates.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def storable_json(value: Any) -> Any:
    """Return a JSON value in which all strings, keys included, were made :func:`storable`."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(name)): storable_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(part) for part in value]
    return value


class UnreadableJson(ValueError):
    """The text is not JSON."""


def read_json(body: bytes) -> Any:
    """Parse a provider's JSON. Its strings are made :func:`storable`.

    Escapes of NUL and of lone surrogates (an emoji that was cut in two) are accepted.

    Raises:
        UnreadableJson: ``body`` is not JSON, or nested too deeply.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = _with_surrogates(body)
    return storable_json(value) if b"\\u" in body else value


def _with_surrogates(body: bytes) -> Any:
    """Parse JSON with escapes of lone surrogates, which orjson refuses."""
    if b"\\u" not in body:
        raise UnreadableJson("This is not JSON.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableJson("This is not JSON.") from None
