"""Translate the contract's rules (``buf.validate``) to JSON Schema."""

from collections.abc import Mapping
from typing import Any

from services.gateway.http.transcode.rules import Rules

Schema = dict[str, Any]
_NUMBERS = {
    "gte": "minimum",
    "gt": "exclusiveMinimum",
    "lte": "maximum",
    "lt": "exclusiveMaximum",
    "const": "const",
}
_KEYWORDS: Mapping[str, Mapping[str, str]] = {
    "string": {"min_len": "minLength", "max_len": "maxLength", "pattern": "pattern", "in": "enum"},
    "repeated": {"min_items": "minItems", "max_items": "maxItems", "unique": "uniqueItems"},
    "map": {"min_pairs": "minProperties", "max_pairs": "maxProperties"},
    **dict.fromkeys(("int32", "int64", "uint32", "uint64", "double", "float"), _NUMBERS),
}
_FORMATS = {"email": "email", "uuid": "uuid", "uri": "uri"}


def constraints(rules: Rules) -> Schema:
    """Return the JSON Schema keywords for `rules`."""
    kind = rules.WhichOneof("type")
    if kind is None:
        return {}
    found: Schema = {}
    for rule, value in getattr(rules, kind).ListFields():
        keyword = _KEYWORDS.get(kind, {}).get(rule.name)
        if keyword:
            found[keyword] = list(value) if rule.is_repeated else value
        elif rule.name in _FORMATS:
            found["format"] = _FORMATS[rule.name]
        elif rule.name == "len":
            found |= {"minLength": value, "maxLength": value}
    for rule in rules.cel:
        if rule.id in _FORMATS:
            found["format"] = _FORMATS[rule.id]
    return found


def item_rules(rules: Rules) -> Rules:
    """Return the rules for the items of a list, or for the values of a map."""
    if rules.WhichOneof("type") == "map":
        return rules.map.values
    return rules.repeated.items
