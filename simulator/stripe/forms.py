"""Parse Stripe's form parameters, whose names have brackets, into nested values."""

import re
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
_SEGMENT = re.compile(r"\[([^\]]*)\]")


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """Parse `line_items[0][quantity]=1` and `expand[]=x` into dictionaries and lists of strings."""
    root: Json = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        keys = [head, *_SEGMENT.findall(name)] if bracket else [head]
        _put(root, keys, value)
    return {key: _with_lists(value) for key, value in root.items()}


def _put(target: Json, keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        inner = target.get(_position(target, key))
        if not isinstance(inner, dict):
            inner = target[_position(target, key)] = {}
        target = inner
    target[_position(target, keys[-1])] = value


def _position(target: Json, key: str) -> str:
    """Return `key`, or the next position in the list if it is empty (`[]`)."""
    return key or str(len(target))


def _with_lists(value: Any) -> Any:
    """Turn each dictionary whose keys are positions (0, 1, ...) into a list."""
    if not isinstance(value, dict):
        return value
    items = {key: _with_lists(inner) for key, inner in value.items()}
    if items and all(key.isdigit() for key in items):
        return [items[key] for key in sorted(items, key=int)]
    return items
