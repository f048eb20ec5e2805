"""Read the texts of query parameters, path parameters and form fields as JSON values."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from servicekit.api_json import names
from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.json_text import MalformedJson, parse_json
from services.gateway.http.transcode.reading import printable, setter_for
from services.gateway.http.transcode.scalars import InvalidValue
from services.gateway.http.transcode.suggestions import add_unknown

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,19})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,20})?")
_BOOLEANS = {"true": True, "false": False}


class TextReader:
    """Read pairs of name and text into messages of one type.

    Only the fields in `json_names` are known. An unknown name is a fault. A second text for a field
    is a fault too, unless the field is repeated.
    """

    def __init__(self, message: Descriptor, json_names: Iterable[str]) -> None:
        fields = {field.json_name: field for field in message.fields}
        self._fields = {
            name: (fields[name], _parser_for(fields[name]), setter_for(fields[name]))
            for name in json_names
        }

    def read(self, target: Message, texts: Iterable[tuple[str, str]], faults: Faults) -> None:
        """Set the fields of `target` from pairs of name and text, and collect the faults."""
        given: dict[str, list[str]] = {}
        for name, text in texts:
            given.setdefault(name, []).append(text)
        for name, values in given.items():
            if name in self._fields:
                self._put(target, name, values, faults)
            else:
                add_unknown(faults, printable(name), "parameter", self._fields)

    def _put(self, target: Message, name: str, values: list[str], faults: Faults) -> None:
        field, parse, put = self._fields[name]
        try:
            if _is_list(field):
                put(target, [parse(value) for value in values], name, faults)
            elif len(values) > 1:
                faults.add(name, "must be given only once")
            else:
                put(target, parse(values[0]), name, faults)
        except InvalidValue as invalid:
            faults.add(name, str(invalid))


def _is_list(field: FieldDescriptor) -> bool:
    return field.is_repeated and not names.is_map(field)


def _parser_for(field: FieldDescriptor) -> Callable[[str], Any]:
    """Return the function that parses a field's text. It raises `InvalidValue`."""
    if field.type in names.INTEGER_RANGES:
        return _integer
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _boolean
    if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return _number
    if field.message_type and field.message_type.full_name != names.TIMESTAMP:
        return _json
    return str


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise InvalidValue("must be an integer")
    return int(text)


def _boolean(text: str) -> bool:
    value = _BOOLEANS.get(text.lower())  # some languages write True
    if value is None:
        raise InvalidValue("must be true or false")
    return value


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise InvalidValue("must be a number")
    return float(text)


def _json(text: str) -> Any:
    try:
        return parse_json(text)
    except MalformedJson as error:
        raise InvalidValue(f"must be JSON: {error}") from None
