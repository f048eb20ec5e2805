"""Make an example of each request and response.

A JSON file has the values, keyed by the name of the field. Where fields of several objects have the
same name with different meanings, the key is the names of the object and the field. A field that is
not in the file gets a value of its type.
"""

import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from servicekit.api_json import names
from services.gateway.http.openapi.constraints import constraints, item_rules
from services.gateway.http.openapi.groups import later_choices
from services.gateway.http.openapi.schemas import Direction, is_id, is_optional
from services.gateway.http.transcode.field_options import is_gateway_filled
from services.gateway.http.transcode.rules import Rules, rules_of

_DATA = Path(__file__).with_suffix(".json")
_TIME = "2026-02-03T04:05:06.789Z"
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Options that most requests leave out.
_RARE = frozenset(("cursor", "force", "page", "pageSize", "priceVersion", "q", "strict"))
_INTEGER = 3


def example_of(
    message: Descriptor, direction: Direction, without: Collection[str] = ()
) -> dict[str, Any]:
    """Return an example of `message` as JSON, without the fields whose names are in `without`."""
    return {
        field.json_name: example_value(field, direction)
        for field in message.fields
        if field.json_name not in without and _is_shown(field, direction)
    }


def example_value(field: FieldDescriptor, direction: Direction) -> Any:
    """Return an example of a field's value as JSON."""
    known = _known(field)
    if known is not None:
        value = known[0]
        if value is not None or (direction == "output" and is_optional(field)):
            return value
    rules = rules_of(field)
    if names.is_map(field):
        return {"key": _single(names.map_value(field), item_rules(rules), direction)}
    if field.is_repeated:
        item = _single(field, item_rules(rules), direction)
        return [item] * max(1, rules.repeated.min_items)
    return _single(field, rules, direction)


def _is_shown(field: FieldDescriptor, direction: Direction) -> bool:
    if names.holds_file(field) or (direction == "input" and is_gateway_filled(field)):
        return False
    if direction == "output":
        return True
    rare = field.json_name in _RARE or field.GetOptions().deprecated or _known(field) == (None,)
    return not rare and field.name not in later_choices(names.owner_of(field))


def _known(field: FieldDescriptor) -> tuple[Any] | None:
    """Return the example for a field from the file, in a tuple of one, or None if it has none."""
    values = _values()
    kind = [field.enum_type.name] if field.enum_type else []
    for name in (f"{names.owner_of(field).name}.{field.json_name}", field.json_name, *kind):
        if name in values and _fits(values[name], field):
            return (values[name],)
    return None


def _fits(value: Any, field: FieldDescriptor) -> bool:
    """Return whether an example has the field's type.

    This is checked because fields with the same name can differ in type.
    """
    if value is None:
        return True
    if names.is_map(field) or (
        field.message_type is not None and field.message_type.full_name == names.STRUCT
    ):
        return isinstance(value, dict)
    if field.enum_type is not None:
        labels = set(names.enum_labels(field.enum_type).values())
        return labels.issuperset(value if isinstance(value, list) else [value])
    if field.is_repeated:
        of_objects = field.message_type is not None
        return isinstance(value, list) and all(isinstance(e, dict) == of_objects for e in value)
    if field.message_type is not None and names.plain_array(field.message_type) is not None:
        return isinstance(value, list)
    if field.message_type is not None:
        is_time = isinstance(value, str) and "T" in value
        return field.message_type.full_name == names.TIMESTAMP and is_time
    return isinstance(value, _kind(field))


def _kind(field: FieldDescriptor) -> type:
    if field.type == FieldDescriptor.TYPE_BOOL:
        return bool
    if field.type in names.INTEGER_RANGES:
        return int
    is_number = field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT)
    return float if is_number else str


def _single(field: FieldDescriptor, rules: Rules, direction: Direction) -> Any:
    if field.message_type is not None:
        return _message(field.message_type, direction)
    if field.enum_type is not None:
        return next(iter(names.enum_labels(field.enum_type).values()))
    kind = _kind(field)
    if kind is bool:
        return False
    if kind is float:
        return 0.5
    if kind is int:
        return _integer(rules)
    return _text(field, rules, direction)


def _message(message: Descriptor, direction: Direction) -> Any:
    if message.full_name == names.TIMESTAMP:
        return _TIME
    if message.full_name == names.STRUCT:
        return {}
    array = names.plain_array(message)
    if array is not None:
        return example_value(array, direction)
    return example_of(message, direction)


def _integer(rules: Rules) -> int:
    kind = rules.WhichOneof("type")
    least: int = getattr(getattr(rules, kind), "gte", 0) if kind else 0
    return max(_INTEGER, least)


def _text(field: FieldDescriptor, rules: Rules, direction: Direction) -> str:
    values = _values()
    named: Mapping[str, str] = {"^[A-Z]{2}$": values["country"]}
    found = getattr(rules.string, "in")
    if found:
        return str(found[0])
    if rules.string.uuid or (direction == "output" and is_id(field)):
        return str(values["id"])
    if rules.string.pattern in named:
        return named[rules.string.pattern]
    if constraints(rules).get("format") == "email":
        return str(values["email"])
    words = _WORD.sub(" ", field.json_name).capitalize()
    return words[: rules.string.max_len or None].ljust(rules.string.min_len, ".")


@cache
def _values() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return found
