"""Read JSON into messages. The readers are compiled once for each message type.

Null means absent. A value that a field can't hold is recorded as a fault with the field's path
(``variables.firstName``, ``numbers[3]``), and reading continues, so that one response names every
fault. The items of a list that is too long are not read.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from servicekit.api_json import names
from servicekit.api_json.timestamps import is_date, parse_timestamp, time_of_day
from servicekit.identity import current
from services.gateway.http.transcode.clearing import Clear, clears_of
from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.field_options import day_of, is_clearable, is_gateway_filled
from services.gateway.http.transcode.rules import rules_of
from services.gateway.http.transcode.scalars import Convert, InvalidValue, converter, text
from services.gateway.http.transcode.suggestions import add_unknown
from smsblaster.options.v1.fields_pb2 import Day

# Puts a JSON value into a message: (message, value, the value's path, faults).
Setter = Callable[[Message, Any, str, Faults], None]

_MAX_DEPTH = 32
_readers: dict[str, "MessageReader"] = {}


class MessageReader:
    """Read JSON objects into messages of one type. Use ``reader_for`` to get one."""

    def __init__(self) -> None:
        self._setters: dict[str, Setter] = {}
        self._clears: Mapping[str, Clear] = {}

    def compile(
        self, message: Descriptor, without: Collection[str] = (), *, clears: bool = False
    ) -> "MessageReader":
        """Create a setter for each field whose JSON name is not in `without`.

        With `clears`, null empties a field that can be empty. Otherwise null means absent.
        """
        for field in message.fields:
            if field.json_name not in without and not is_gateway_filled(field):
                self._setters[field.json_name] = setter_for(field)
        if clears:
            self._clears = clears_of(message)
            for field in filter(names.is_map, filter(is_clearable, message.fields)):
                setter, clear = self._setters[field.json_name], self._clears[field.json_name]
                self._setters[field.json_name] = _emptying(setter, clear)
        return self

    def read(self, target: Message, fields: Mapping[str, Any], prefix: str, faults: Faults) -> None:
        """Set the fields of `target`. `prefix` comes before their names in the paths of faults."""
        for name, value in fields.items():
            setter = self._setters.get(name)
            if setter is None:
                add_unknown(faults, prefix + printable(name), "field", self._setters)
            elif value is not None:
                setter(target, value, prefix + name, faults)
            elif name in self._clears:
                fault = self._clears[name](target)
                if fault:
                    faults.add(prefix + name, fault)


def reader_for(message: Descriptor) -> MessageReader:
    """Return the reader of a message type."""
    reader = _readers.get(message.full_name)
    if reader is None:
        reader = _readers[message.full_name] = MessageReader()
        reader.compile(message)
    return reader


def printable(name: str) -> str:
    """Return a field name from a request in a form that is safe to show and log."""
    return name[:100].encode("utf-8", "backslashreplace").decode().replace("\0", "\\u0000")


def setter_for(field: FieldDescriptor) -> Setter:
    """Return the function that sets `field` to a JSON value."""
    if names.is_map(field):
        return _map_setter(field)
    if field.is_repeated:
        return _repeated_setter(field)
    if field.message_type is not None:
        return _message_setter(field)
    return _scalar_setter(field.name, converter(field))


def _emptying(setter: Setter, clear: Clear) -> Setter:
    """Return a setter for a map. An empty JSON object empties the map, as null does."""

    def put(message: Message, value: Any, path: str, faults: Faults) -> None:
        if value == {}:
            clear(message)
        else:
            setter(message, value, path, faults)

    return put


def _scalar_setter(name: str, convert: Convert) -> Setter:
    def put(message: Message, value: Any, path: str, faults: Faults) -> None:
        try:
            setattr(message, name, convert(value))
        except InvalidValue as invalid:
            faults.add(path, str(invalid))

    return put


def _message_setter(field: FieldDescriptor) -> Setter:
    fill = _filler(names.message_of(field))
    if day_of(field):
        fill = _day_filler(day_of(field))

    def put(message: Message, value: Any, path: str, faults: Faults) -> None:
        part = getattr(message, field.name)
        part.SetInParent()
        fill(part, value, path, faults)

    return put


def _filler(message: Descriptor) -> Setter:
    """Return the function that fills a message from a JSON value."""
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
    except InvalidValue as invalid:
        faults.add(path, str(invalid))
    except (ValueError, OverflowError):
        hint = "must be a time like 2026-02-03T04:05:06Z or 2026-02-03T04:05:06+01:00"
        faults.add(path, hint)


def _day_filler(day: Day.ValueType) -> Setter:
    """Return the function that fills a time which can also be given as a date."""

    def fill(target: Message, value: Any, path: str, faults: Faults) -> None:
        if type(value) is not str or not is_date(value):
            _fill_timestamp(target, value, path, faults)
            return
        try:
            target.CopyFrom(time_of_day(value, day, current().org_time_zone))
        except (ValueError, OverflowError):
            faults.add(path, "is not a date of the calendar")

    return fill


def _fill_struct(target: Message, value: Any, path: str, faults: Faults) -> None:
    if type(value) is not dict:
        faults.add(path, "must be an object")
        return
    try:
        _check_free_form(value, _MAX_DEPTH)
        target.update(value)  # type: ignore[attr-defined]  # a Struct's own method
    except InvalidValue as invalid:
        faults.add(path, str(invalid))


def _check_free_form(value: Any, depth: int) -> None:
    """Raise `InvalidValue` for very deep nesting and for strings that can't be stored."""
    if depth == 0:
        raise InvalidValue("is nested too deeply")
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
        except InvalidValue as invalid:
            faults.add(path, str(invalid))

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
            except InvalidValue as invalid:
                faults.add(f"{path}.{printable(key)}", str(invalid))

    return put
