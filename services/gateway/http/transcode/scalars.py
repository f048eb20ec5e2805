"""Convert single JSON values to the contract's scalar types."""

import base64
import binascii
import unicodedata
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from servicekit.api_json.names import INTEGER_RANGES, enum_labels, enum_of

Convert = Callable[[Any], Any]


class InvalidValue(ValueError):
    """A field can't hold a value. The text of the error says which values it can hold."""


def converter(field: FieldDescriptor) -> Convert:
    """Return the function that converts a JSON value for `field`. It raises `InvalidValue`."""
    limits = INTEGER_RANGES.get(field.type)
    if limits is not None:
        return _integer(*limits)
    if field.type == FieldDescriptor.TYPE_ENUM:
        return _enum(enum_of(field))
    return _CONVERTERS[field.type]


def text(value: Any) -> str:
    """Return a storable string in composed form (NFC). Raises `InvalidValue`.

    A decomposed "é" looks the same, but a search does not find it and it makes a message UCS-2.
    """
    if type(value) is not str:
        raise InvalidValue("must be a string")
    if "\0" in value:
        raise InvalidValue("must not contain NUL characters")
    if value.isascii():
        return value
    _refuse_surrogates(value)
    return unicodedata.normalize("NFC", value)


def _refuse_surrogates(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidValue("must not contain half a character (a lone surrogate)") from None


def _integer(low: int, high: int) -> Convert:
    def convert(value: Any) -> int:
        if type(value) is not int:
            raise InvalidValue("must be an integer")
        if not low <= value <= high:
            raise InvalidValue(f"must be between {low} and {high}")
        return value

    return convert


def _enum(enum: EnumDescriptor) -> Convert:
    numbers = {label: number for number, label in enum_labels(enum).items()}
    expected = f"must be one of {', '.join(numbers)}"

    def convert(value: Any) -> int:
        number = numbers.get(value) if type(value) is str else None
        if number is None:
            raise InvalidValue(expected)
        return number

    return convert


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise InvalidValue("must be true or false")
    return value


def _number(value: Any) -> float:
    if type(value) is not int and type(value) is not float:
        raise InvalidValue("must be a number")
    try:
        return float(value)
    except OverflowError:
        raise InvalidValue("is too large") from None


def _binary(value: Any) -> bytes:
    try:
        return base64.b64decode(text(value), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidValue("must be base64") from None


_CONVERTERS: dict[int, Convert] = {
    FieldDescriptor.TYPE_STRING: text,
    FieldDescriptor.TYPE_BOOL: _boolean,
    FieldDescriptor.TYPE_DOUBLE: _number,
    FieldDescriptor.TYPE_FLOAT: _number,
    FieldDescriptor.TYPE_BYTES: _binary,
}
