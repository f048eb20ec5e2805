"""Describe messages as JSON Schema.

A response has all of its fields, with null for absent ones. A request must have the fields that its
rules require, and no fields that the contract does not know.
"""

import re
from collections.abc import Collection
from typing import Any, Literal

import protovalidate
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from servicekit.api_json import names
from services.gateway.http.contract import ContractError
from services.gateway.http.deprecations import deprecation_of
from services.gateway.http.openapi.comments import comment_of
from services.gateway.http.openapi.constraints import (
    Schema,
    constraints,
    item_rules,
)
from services.gateway.http.openapi.enums import input_enum, output_enum
from services.gateway.http.openapi.groups import group_rules, group_words
from services.gateway.http.transcode.field_options import (
    day_of,
    is_clearable,
    is_gateway_filled,
)
from services.gateway.http.transcode.rules import Rules, rules_of
from smsblaster.options.v1 import fields_pb2

Direction = Literal["input", "output"]

_INTEGERS = {
    True: {"type": "integer", "format": "int64"},
    False: {"type": "integer", "format": "int32"},
}
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
}
# The names of fields that hold ids of this platform, which are UUIDs.
_ID = re.compile(r"id|[a-z]\w*(Id|Ids|By)|retryOf")
_TIME: Schema = {"type": "string", "format": "date-time"}
_DATE: Schema = {
    "type": "string",
    "format": "date",
    "description": "A whole day in the organisation's time zone.",
}


class SchemaBook:
    """Collects the schemas that a document needs.

    With `closed_enums`, responses have only the values of enums that this version knows. That is
    for clients that are always built together with the platform.
    """

    def __init__(self, *, closed_enums: bool = False) -> None:
        self._closed_enums = closed_enums
        self.schemas: dict[str, Schema] = {}
        self._sources: dict[str, str] = {}

    def message(self, message: Descriptor, direction: Direction) -> Schema:
        """Return a reference to the schema of `message`, which is added if it is new."""
        is_input = direction == "input" and not message.name.endswith("Request")
        name = f"{message.name}Input" if is_input else message.name
        if self._is_new(name, message.full_name):
            self.schemas[name] = {}
            self.schemas[name] = self._object(message, direction)
        return {"$ref": f"#/components/schemas/{name}"}

    def body(
        self, message: Descriptor, without: Collection[str], *, clears: bool = False
    ) -> Schema:
        """Return the schema of a request's body: `message` without the fields in the path.

        With `clears`, a field that a request may clear can also be null.
        """
        if not without and not clears:
            return self.message(message, "input")
        schema = self._object(message, "input", without)
        for field in message.fields if clears else ():
            if is_clearable(field):
                described = schema["properties"][field.json_name]
                schema["properties"][field.json_name] = _or_null(described)
        return schema

    def field(self, field: FieldDescriptor, direction: Direction) -> Schema:
        """Return the schema of a field with its comment."""
        schema = self._value(field, direction)
        if direction == "output" and is_optional(field):
            schema = _or_null(schema)
        deprecation = deprecation_of(field)
        if deprecation is None:
            return {"description": comment_of(field.full_name), **schema}
        text = f"{comment_of(field.full_name)} {deprecation.words()}"
        return {"description": text, **schema, "deprecated": True}

    def _object(
        self, message: Descriptor, direction: Direction, without: Collection[str] = ()
    ) -> Schema:
        fields = [
            f
            for f in message.fields
            if f.json_name not in without
            and not names.holds_file(f)
            and not (direction == "input" and is_gateway_filled(f))
        ]
        schema: Schema = {
            "type": "object",
            "description": f"{comment_of(message.full_name)} {group_words(message)}".rstrip(),
            "properties": {f.json_name: self.field(f, direction) for f in fields},
            **(group_rules(message) if direction == "input" else {}),
        }
        mandatory = required_names(message) if direction == "input" else None
        required = [f.json_name for f in fields if mandatory is None or f.json_name in mandatory]
        if required:
            schema["required"] = required
        if direction == "input":
            schema["additionalProperties"] = False
        return schema

    def _value(self, field: FieldDescriptor, direction: Direction) -> Schema:
        rules = rules_of(field)
        if names.is_map(field):
            values = self._single(names.map_value(field), item_rules(rules), direction)
            return {"type": "object", "additionalProperties": values, **constraints(rules)}
        if field.is_repeated:
            items = self._single(field, item_rules(rules), direction)
            return {"type": "array", "items": items, **constraints(rules)}
        return self._single(field, rules, direction)

    def _single(self, field: FieldDescriptor, rules: Rules, direction: Direction) -> Schema:
        if direction == "input" and day_of(field):
            return {"anyOf": [dict(_TIME), dict(_DATE)]}
        if field.message_type is not None:
            return self._message_value(field.message_type, direction)
        if field.type == FieldDescriptor.TYPE_ENUM:
            return self._enum(names.enum_of(field), direction)
        found = {**_scalar(field), **constraints(rules)}
        return {**found, "format": "uuid"} if direction == "output" and is_id(field) else found

    def _message_value(self, message: Descriptor, direction: Direction) -> Schema:
        if message.full_name == names.TIMESTAMP:
            return dict(_TIME)
        if message.full_name == names.STRUCT:
            return {"type": "object"}
        array = names.plain_array(message)
        if array is not None:
            return self._value(array, direction)
        return self.message(message, direction)

    def _enum(self, enum: EnumDescriptor, direction: Direction) -> Schema:
        name = enum.name if direction == "output" else f"{enum.name}Input"
        if self._is_new(name, enum.full_name):
            self.schemas[name] = (
                input_enum(enum)
                if direction == "input"
                else output_enum(enum, closed=self._closed_enums)
            )
        return {"$ref": f"#/components/schemas/{name}"}

    def _is_new(self, name: str, full_name: str) -> bool:
        known = self._sources.setdefault(name, full_name)
        if known != full_name:
            raise ContractError(f"{known} and {full_name} would share the schema name {name}")
        return name not in self.schemas


def required_names(message: Descriptor) -> list[str]:
    """Return the JSON names of required fields: a request without them breaks a rule."""
    empty = GetMessageClass(message)()
    violations: list[Any] = protovalidate.collect_violations(empty)
    broken = {violation.proto.field.elements[0].field_name for violation in violations}
    return [field.json_name for field in message.fields if field.name in broken]


def is_optional(field: FieldDescriptor) -> bool:
    """Return whether a response may have null for `field`: the contract says ``optional``."""
    return field.containing_oneof is not None


def is_id(field: FieldDescriptor) -> bool:
    """Return whether a response has an id of this platform in `field`."""
    other = field.GetOptions().Extensions[fields_pb2.other_id]
    is_text = field.type == FieldDescriptor.TYPE_STRING
    return is_text and not other and _ID.fullmatch(field.json_name) is not None


def _scalar(field: FieldDescriptor) -> Schema:
    limits = names.INTEGER_RANGES.get(field.type)
    if limits is None:
        return dict(_SCALARS[field.type])
    return dict(_INTEGERS[limits[1] > 2**32])


def _or_null(schema: Schema) -> Schema:
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}
