"""Text from outside that Postgres and protobuf can keep.

Postgres keeps neither NUL in text nor ``\\u0000`` in jsonb, and UTF-8 has no lone surrogates. Where
a text may not be refused (a provider sends it once), it is kept without them.
"""

from collections.abc import Mapping
from typing import Any

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """Return ``text`` without NUL, with bytes and surrogates that are no character replaced.

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
    """Return a JSON value with all its strings, keys included, made :func:`storable`."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(name)): storable_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(part) for part in value]
    return value
