"""Fill protobuf messages from rows whose columns have the names of the message's fields."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache, partial
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

AnyMessage = TypeVar("AnyMessage", bound=Message)


def fill(message: AnyMessage, row: object, **computed: Any) -> AnyMessage:
    """Set the fields of `message` from the values of `row` that have the same names.

    Ids become strings, times become timestamps, and names in lower_snake become the values of their
    enum; None leaves a field unset. Values without a field are ignored.

    Args:
        message: The message to fill.
        row: A dataclass or a mapping.
        computed: Values, under their field names, that replace values of the row.

    Returns:
        The same message.
    """
    value_of = row.get if isinstance(row, Mapping) else partial(_attribute, row)
    for name, setter in _setters(message.DESCRIPTOR):
        value = computed[name] if name in computed else value_of(name)
        if value is not None:
            setter(message, value)
    return message


def _attribute(row: object, name: str) -> Any:
    return getattr(row, name, None)


def enum_value(descriptor: EnumDescriptor, name: str) -> int:
    """Return the number of the enum value that has this ``name`` in JSON and in the database."""
    number: int = descriptor.values_by_name[_prefix(descriptor) + name.upper()].number
    return number


def enum_name(descriptor: EnumDescriptor, number: int) -> str:
    """Return the name in JSON and in the database of the enum value with this ``number``."""
    name: str = descriptor.values_by_number[number].name
    return name.removeprefix(_prefix(descriptor)).lower()


@cache
def _prefix(descriptor: EnumDescriptor) -> str:
    zero: str = descriptor.values_by_number[0].name
    return zero.removesuffix("UNSPECIFIED")


@cache
def _setters(descriptor: Descriptor) -> tuple[tuple[str, Callable[[Message, Any], None]], ...]:
    return tuple((field.name, _setter(field)) for field in descriptor.fields)


def _setter(field: FieldDescriptor) -> Callable[[Message, Any], None]:
    name = field.name
    if field.is_repeated and field.message_type and field.message_type.GetOptions().map_entry:
        return lambda message, value: getattr(message, name).update(value)
    if field.is_repeated:
        return lambda message, value: getattr(message, name).extend(value)
    if field.enum_type is not None:
        enum = field.enum_type
        return lambda message, value: setattr(message, name, enum_value(enum, _text(value)))
    if field.message_type is not None:
        return lambda message, value: _set_message(getattr(message, name), value)
    if field.type == FieldDescriptor.TYPE_STRING:
        return lambda message, value: setattr(message, name, _text(value))
    return lambda message, value: setattr(message, name, value)


def _set_message(target: Message, value: object) -> None:
    if isinstance(value, datetime):
        target.FromDatetime(value)  # type: ignore[attr-defined]  # a Timestamp
    elif isinstance(value, Message):
        target.CopyFrom(value)
    else:
        raise TypeError(f"{target.DESCRIPTOR.full_name} can't be set from {type(value).__name__}")


def _text(value: object) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)
