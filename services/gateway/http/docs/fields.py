"""Turn JSON Schema into rows of fields that a page can show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.gateway.http.docs.links import address_of
from services.gateway.http.docs.markdown import prose
from services.gateway.http.openapi.constraints import Schema
from services.gateway.http.openapi.document import document

_DEEPEST = 4
_LIMITS: Mapping[str, str] = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "from {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "up to {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} entries",
    "maxProperties": "at most {} entries",
    "const": "always {}",
    "pattern": "matches {}",
}
# Limits of almost every text, which say nothing new: it is not empty.
_PLAIN = {("minLength", 1), ("pattern", "\\S")}
_VALUES = ("enum", "x-extensible-enum")


@dataclass(frozen=True, slots=True)
class Field:
    """A row: a field or a parameter, and the fields inside it."""

    name: str
    type: str
    limits: tuple[str, ...]
    html: str
    required: bool
    deprecated: bool
    fields: tuple["Field", ...]


def resolved(part: Any) -> Any:
    """Return a part of the document. A reference is replaced by its target.

    The part's own description takes precedence over that of the target.
    """
    reference = part.get("$ref")
    if reference is None:
        return part
    target: Any = document()
    for key in str(reference).removeprefix("#/").split("/"):
        target = target[key]
    return {**target, **part, "description": _both(part, target)}


def fields_of(schema: Schema, depth: int = 0) -> tuple[Field, ...]:
    """Return the fields of an object, or of the objects in a list."""
    found = _without_null(schema)
    inner = _without_null(found["items"]) if found.get("type") == "array" else found
    if depth > _DEEPEST:
        return ()
    required = inner.get("required", ())
    return tuple(
        field(name, each, required=name in required, depth=depth)
        for name, each in inner.get("properties", {}).items()
    )


def field(name: str, schema: Schema, *, required: bool, depth: int = 0) -> Field:
    """Return the row of one field."""
    found = _without_null(schema)
    return Field(
        name=name,
        type=_type(schema),
        limits=tuple(_limits(found)),
        html=prose(_description(found), address_of),
        required=required,
        deprecated=bool(found.get("deprecated")),
        fields=fields_of(schema, depth + 1),
    )


def _both(part: Schema, target: Schema) -> str:
    """Return a field's description, followed by that of its enum, which lists the values."""
    own: str = part.get("description", "")
    general: str = target.get("description", "")
    if own and any(keyword in target for keyword in _VALUES):
        return f"{own}\n\n{general}"
    return own or general


def _description(found: Schema) -> str:
    """Return a field's description, followed by that of the enum of a list's items."""
    items = resolved(found["items"]) if found.get("type") == "array" else {}
    if any(keyword in items for keyword in _VALUES):
        return f"{found.get('description', '')}\n\n{items.get('description', '')}"
    return str(found.get("description", ""))


def _without_null(schema: Schema) -> Schema:
    """Return the schema of a value that is not null."""
    found: Schema = resolved(schema)
    options = [each for each in found.get("anyOf", ()) if each.get("type") != "null"]
    if len(options) != 1:
        return found
    own = {name: value for name, value in found.items() if name != "anyOf"}
    inner = resolved(options[0])
    return {**inner, **own, "description": _both(own, inner)}


def _type(schema: Schema) -> str:
    """Return the type in words, such as "array of string (uuid), or null"."""
    found = resolved(schema)
    options = [each for each in found.get("anyOf", ()) if each.get("type") != "null"]
    null = ", or null" if _can_be_null(found) else ""
    if options:
        return " or ".join(_type(each) for each in options) + null
    kinds = found.get("type", "any")
    kind = " or ".join(each for each in _list(kinds) if each != "null")
    if kind == "array":
        kind = f"array of {_type(found['items'])}"
    return kind + (f" ({found['format']})" if "format" in found else "") + null


def _can_be_null(found: Schema) -> bool:
    in_options = any(each.get("type") == "null" for each in found.get("anyOf", ()))
    return in_options or "null" in _list(found.get("type", ()))


def _limits(found: Schema) -> Iterator[str]:
    for keyword, words in _LIMITS.items():
        if keyword in found and (keyword, found[keyword]) not in _PLAIN:
            value = found[keyword]
            yield words.format(f"{value:,}" if isinstance(value, int) else value)
    # The values of most enums are in the description, with their meanings.
    if "enum" in found and f"- `{found['enum'][0]}`: " not in _description(found):
        yield f"one of {', '.join(found['enum'])}"
    if "default" in found:
        yield f"default {found['default']}"


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
