"""Translate the contract's names to JSON."""

import re
from collections.abc import Mapping
from functools import cache

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

HTTP_BODY = "google.api.HttpBody"
STRUCT = "google.protobuf.Struct"
TIMESTAMP = "google.protobuf.Timestamp"

INTEGER_RANGES: Mapping[int, tuple[int, int]] = {
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SINT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SFIXED32: (-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_FIXED32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SINT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT64: (0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: (0, 2**64 - 1),
}


@cache
def enum_labels(enum: EnumDescriptor) -> Mapping[int, str]:
    """Return the JSON name of each number of an enum: "draft" for CAMPAIGN_STATUS_DRAFT.

    The number 0 has no name.
    """
    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
    return {
        value.number: value.name.removeprefix(prefix).lower()
        for value in enum.values
        if value.number != 0
    }


def is_map(field: FieldDescriptor) -> bool:
    """Return whether `field` is a map, which JSON writes as an object."""
    message = field.message_type
    return bool(message and message.GetOptions().map_entry)


def message_of(field: FieldDescriptor) -> Descriptor:
    """Return the message type of a field. Raises `TypeError` if the field holds no messages."""
    if field.message_type is None:
        raise TypeError(f"{field.full_name} holds no message")
    return field.message_type


def owner_of(field: FieldDescriptor) -> Descriptor:
    """Return the message type that has `field`. Raises `TypeError` for an extension."""
    if field.containing_type is None:
        raise TypeError(f"{field.full_name} is an extension")
    return field.containing_type


def enum_of(field: FieldDescriptor) -> EnumDescriptor:
    """Return the enum type of a field. Raises `TypeError` if the field holds no enum."""
    if field.enum_type is None:
        raise TypeError(f"{field.full_name} holds no enum")
    return field.enum_type


def holds_file(field: FieldDescriptor) -> bool:
    """Return whether `field` holds a file, whose bytes are sent beside the JSON and not in it."""
    return bool(field.message_type and field.message_type.full_name == HTTP_BODY)


def map_value(field: FieldDescriptor) -> FieldDescriptor:
    """Return the value field of a map. Raises `TypeError` unless its keys are strings."""
    entry = message_of(field)
    if entry.fields_by_name["key"].type != FieldDescriptor.TYPE_STRING:
        raise TypeError(f"{field.full_name}: a map needs string keys to be a JSON object")
    return entry.fields_by_name["value"]


def plain_array(message: Descriptor) -> FieldDescriptor | None:
    """Return the field ``values`` if the message has no other field.

    The JSON of such a message is a plain array.
    """
    fields = message.fields
    if len(fields) == 1 and fields[0].name == "values" and fields[0].is_repeated:
        return fields[0]
    return None
