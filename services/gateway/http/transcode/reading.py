"""JSON to messages, compiled once for each message type.

Null is the same as absent. What a field can't take is noted with the field's path as the caller
knows it (``variables.firstName``, ``numbers[3]``), and reading goes on, so that one answer names
every fault. The items of a list that is longer than the contract allows are not looked at.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from services.gateway.http.transcode import names
from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.rules import rules_of
from services.gateway.http.transcode.scalars import Convert, Refused, converter, text
from services.gateway.http.transcode.timestamps import parse_timestamp

# Puts a JSON value into a message: (message, value, the value's path, faults).
Setter = Callable[[Message, Any, str, Faults], None]

_MAX_DEPTH = 32
_readers: dict[str, "MessageReader"] = {}


class MessageReader:
    """Reads JSON objects into messages of one type; get it from ``reader_for``."""

    def __init__(self) -> None:
        self._setters: dict[str, Setter] = {}

    def compile(self, message: Descriptor, without: Collection[str] = ()) -> "MessageReader":
        """Make a setter for each field whose JSON name is not among ``without``."""
        for field in message.fields:
            if field.json_name not in without:
                self._setters[field.json_name] = setter_for(field)
        return self

    def read(self, target: Message, fields: Mapping[str, Any], prefix: str, faults: Faults) -> None:
        """Put ``fields`` into ``target``; ``prefix`` is what comes before their names in paths."""
        for name, value in fields.items():
            setter = self._setters.get(name)
            if setter is None:
                faults.add(prefix + printable(name), "is not a known field")
            elif value is not None:
                setter(target, value, prefix + name, faults)


def reader_for(message: Descriptor) -> MessageReader:
    """The reader of a message type."""
    reader = _readers.get(message.full_name)
    if reader is None:
        reader = _readers[message.full_name] = MessageReader()
        reader.compile(message)
    return reader


def printable(name: str) -> str:
    """A caller's own name for a field, fit for an answer and a log line."""
    return name[:100].encode("utf-8", "backslashreplace").decode()


def setter_for(field: FieldDescriptor) -> Setter:
    """The function that puts a JSON value into ``field``."""
    if names.is_map(field):
        return _map_setter(field)
    if field.is_repeated:
        return _repeated_setter(field)
    if field.message_type is not None:
        return _message_setter(field)
    return _scalar_setter(field.name, converter(field))


def _scalar_setter(name: str, convert: Convert) -> Setter:
    def put(message: Message, value: Any, path: str, faults: Faults) -> None:
        try:
            setattr(message, name, convert(value))
        except Refused as refused:
            faults.add(path, str(refused))

    return put


def _message_setter(field: FieldDescriptor) -> Setter:
    fill = _filler(names.message_of(field))

    def put(message: Message, value: Any, path: str, faults: Faults) -> None:
        part = getattr(message, field.name)
        part.SetInParent()
        fill(part, value, path, faults)

    return put


def _filler(message: Descriptor) -> Setter:
    """The function that puts a JSON value into a message itself."""
    if message.full_name == names.TIMESTAMP:
        return _fill_timestamp
    if message.full_name == names.STRUCT:
        return _fill_struct
    array = names.plain_array(message)
    if array is not None:
        return _repeated_setter(array)
    reader = reader_for(message)

    def fill(target: Message, value: Any, path: str, faults: Faults) -> None:
        if type(value) is dict:
            reader.read(target, value, f"{path}.", faults)
        else:
            faults.add(path, "must be an object")

    return fill


def _fill_timestamp(target: Message, value: Any, path: str, faults: Faults) -> None:
    try:
        target.CopyFrom(parse_timestamp(text(value)))
    except Refused as refused:
        faults.add(path, str(refused))
    except (ValueError, OverflowError):
        hint = "must be a time like 2026-02-03T04:05:06Z or 2026-02-03T04:05:06+01:00"
        faults.add(path, hint)


def _fill_struct(target: Message, value: Any, path: str, faults: Faults) -> None:
    if type(value) is not dict:
        faults.add(path, "must be an object")
        return
    try:
        _check_free_form(value, _MAX_DEPTH)
        target.update(value)  # type: ignore[attr-defined]  # a Struct's own method
    except Refused as refused:
        faults.add(path, str(refused))


def _check_free_form(value: Any, depth: int) -> None:
    """Refuse nesting without end and strings that nothing can hold."""
    if depth == 0:
        raise Refused("is nested too deeply")
    if isinstance(value, str):
        text(value)
    elif isinstance(value, dict):
        for key, part in value.items():
            text(key)
            _check_free_form(part, depth - 1)
    elif isinstance(value, list):
        for part in value:
            _check_free_form(part, depth - 1)


def _repeated_setter(field: FieldDescriptor) -> Setter:
    append = _message_appender(field) if field.message_type else _scalar_appender(field)
    most = rules_of(field).repeated.max_items

    def put(message: Message, value: Any, path: str, faults: Faults) -> None:
        if type(value) is not list:
            faults.add(path, "must be an array")
            return
        if most and len(value) > most:
            faults.add(path, f"must have at most {most} items")
            return
        items = getattr(message, field.name)
        for index, item in enumerate(value):
            append(items, item, f"{path}[{index}]", faults)

    return put


def _scalar_appender(field: FieldDescriptor) -> Callable[[Any, Any, str, Faults], None]:
    convert = converter(field)

    def append(items: Any, item: Any, path: str, faults: Faults) -> None:
        try:
            items.append(convert(item))
        except Refused as refused:
            faults.add(path, str(refused))

    return append


def _message_appender(field: FieldDescriptor) -> Callable[[Any, Any, str, Faults], None]:
    fill = _filler(names.message_of(field))

    def append(items: Any, item: Any, path: str, faults: Faults) -> None:
        fill(items.add(), item, path, faults)

    return append


def _map_setter(field: FieldDescriptor) -> Setter:
    convert = converter(names.map_value(field))
    most = rules_of(field).map.max_pairs

    def put(message: Message, value: Any, path: str, faults: Faults) -> None:
        if type(value) is not dict:
            faults.add(path, "must be an object")
            return
        if most and len(value) > most:
            faults.add(path, f"must have at most {most} entries")
            return
        target = getattr(message, field.name)
        for key, item in value.items():
            if item is None:
                continue
            try:
                target[text(key)] = convert(item)
            except Refused as refused:
                faults.add(f"{path}.{printable(key)}", str(refused))

    return put
