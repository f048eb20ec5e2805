"""Describe enums as JSON Schema.

A request takes only the values that this version knows. A response may contain others in a later
version, so its schema lists the known values without excluding others: a client that is generated
today can still read it.
"""

from google.protobuf.descriptor import EnumDescriptor

from servicekit.api_json import names
from services.gateway.http.openapi.comments import comment_of
from services.gateway.http.openapi.constraints import Schema

_MORE = "Later versions may return other values. Treat an unknown value as a value without meaning."


def input_enum(enum: EnumDescriptor) -> Schema:
    """Return the schema of an enum in requests."""
    labels = list(names.enum_labels(enum).values())
    return {"type": "string", "description": _described(enum), "enum": labels}


def output_enum(enum: EnumDescriptor, *, closed: bool) -> Schema:
    """Return the schema of an enum in responses.

    With `closed`, only the values that this version knows are allowed.
    """
    labels = list(names.enum_labels(enum).values())
    schema: Schema = {
        "type": "string",
        "description": f"{_described(enum)}\n\n{_MORE}",
        "x-extensible-enum": labels,
        "examples": labels[:1],
    }
    return {**schema, "enum": labels} if closed else schema


def _described(enum: EnumDescriptor) -> str:
    """Return the enum's comment, and the comment of each value."""
    labels = names.enum_labels(enum)
    values = [
        f"- `{labels[value.number]}`: {comment_of(f'{enum.full_name}.{value.name}')}"
        for value in enum.values
        if value.number in labels
    ]
    return "\n".join([comment_of(enum.full_name), "", *values])
