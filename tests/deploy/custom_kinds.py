"""Check the kinds that operators add to Kubernetes, of which Kubernetes itself has no schema.

`shapes/` has the fields of these kinds that our manifests use, in a short notation: a text names a
type, a list of one item is a list of such items, a longer list has the values that are allowed, and
`"*"` is any name.
"""

from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

_SHAPES = Path(__file__).with_name("shapes")
_TYPES: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "duration": {"type": "string", "pattern": r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"},
}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Return a JSON schema of the `spec` of each kind."""
    shapes: dict[str, Any] = {}
    for file in sorted(_SHAPES.glob("*.yaml")):
        shapes |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return {kind: _schema(shape) for kind, shape in shapes.items()}


def check(manifest: dict[str, Any]) -> None:
    """Raise `jsonschema.ValidationError` if the manifest has a wrong or unknown field."""
    jsonschema.validate(manifest["spec"], schemas()[manifest["kind"]])


def _schema(shape: Any) -> dict[str, Any]:
    if isinstance(shape, str):
        return _TYPES[shape]
    if isinstance(shape, dict):
        return _object(shape)
    if len(shape) == 1 and (isinstance(shape[0], dict) or shape[0] in _TYPES):
        return {"type": "array", "items": _schema(shape[0])}
    return {"enum": shape} if shape else {"type": "array", "maxItems": 0}


def _object(shape: dict[str, Any]) -> dict[str, Any]:
    if set(shape) == {"*"}:
        return {"type": "object", "additionalProperties": _schema(shape["*"])}
    return {
        "type": "object",
        "properties": {name.removesuffix("!"): _schema(part) for name, part in shape.items()},
        "required": [name.removesuffix("!") for name in shape if name.endswith("!")],
        "additionalProperties": False,
    }
