"""The contract's validation rules (``buf.validate``), checked where a message comes in."""

from functools import cache

import protovalidate
from google.protobuf.message import Message

from servicekit.errors import FieldError, InvalidInput


@cache
def _validator() -> protovalidate.Validator:
    # One for the process: compiling a message's rules costs milliseconds, checking microseconds.
    return protovalidate.Validator()


def validate(message: Message) -> None:
    """Raise ``InvalidInput`` with every field of ``message`` that breaks a rule."""
    violations = _validator().collect_violations(message)
    if violations:
        raise InvalidInput([_field_error(violation) for violation in violations])


def _field_error(violation: protovalidate.Violation) -> FieldError:
    path = ""
    where = violation.proto.field
    for element in where.elements if where else ():
        path += f".{_camel_case(element.field_name)}" if path else _camel_case(element.field_name)
        path += _subscript(element)
    return FieldError(path, violation.proto.message)


def _subscript(element: protovalidate.FieldPathElementPb) -> str:
    subscript = element.subscript
    if subscript is None:
        return ""
    if subscript.field == "string_key":
        return f".{subscript.value}"
    return f"[{subscript.value}]"


def _camel_case(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
