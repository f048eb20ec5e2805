"""Write messages as JSON values. The writers are compiled once for each message type.

Every field is written, in the contract's order; absent fields and messages are null.
"""

import base64
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from servicekit.api_json import names
from servicekit.api_json.timestamps import format_timestamp

# Returns a field of a message as a JSON value.
Getter = Callable[[Message], Any]
# Converts a field's value to a JSON value.
Render = Callable[[Any], Any]

_writers: dict[str, "MessageWriter"] = {}


class MessageWriter:
    """Writes messages of one type as JSON objects. Use ``writer_for`` to get one."""

    def __init__(self) -> None:
        self._getters: list[tuple[str, Getter]] = []

    def compile(self, message: Descriptor) -> None:
        """Find the function that converts each field, so that ``write`` is fast."""
        self._getters = [(field.json_name, _getter(field)) for field in message.fields]

    def write(self, message: Message) -> dict[str, Any]:
        """Return `message` as JSON values."""
        return {name: get(message) for name, get in self._getters}


def writer_for(message: Descriptor) -> MessageWriter:
    """Return the object that writes messages of one type as JSON."""
    writer = _writers.get(message.full_name)
    if writer is None:
        writer = _writers[message.full_name] = MessageWriter()
        writer.compile(message)
    return writer


def write(message: Message) -> dict[str, Any]:
    """Return `message` as JSON values."""
    kind: Any = message.DESCRIPTOR
    return writer_for(kind).write(message)


def _getter(field: FieldDescriptor) -> Getter:
    get: Getter = attrgetter(field.name)
    if names.is_map(field):
        return _map_getter(get, _render(names.map_value(field)))
    if field.is_repeated:
        return _list_getter(get, _render(field))
    render = _render(field)
    if field.has_presence:
        return _optional_getter(field.name, render)
    if render is None:
        return get
    return lambda message: render(get(message))


def _optional_getter(name: str, render: Render | None) -> Getter:
    if render is None:
        return lambda message: getattr(message, name) if message.HasField(name) else None
    return lambda message: render(getattr(message, name)) if message.HasField(name) else None


def _list_getter(get: Getter, render: Render | None) -> Getter:
    if render is None:
        return lambda message: list(get(message))
    return lambda message: [render(item) for item in get(message)]


def _map_getter(get: Getter, render: Render | None) -> Getter:
    if render is None:
        return lambda message: dict(get(message))
    return lambda message: {key: render(item) for key, item in get(message).items()}


def _render(field: FieldDescriptor) -> Render | None:
    """Return the function that converts `field` to JSON, or None if no conversion is needed."""
    if field.message_type is not None:
        return _message_render(field.message_type)
    if field.type == FieldDescriptor.TYPE_ENUM:
        return names.enum_labels(field.enum_type).get
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _base64
    return None


def _message_render(message: Descriptor) -> Render:
    if message.full_name == names.TIMESTAMP:
        return format_timestamp
    if message.full_name == names.STRUCT:
        return MessageToDict
    array = names.plain_array(message)
    if array is not None:
        return _getter(array)
    return writer_for(message).write


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
