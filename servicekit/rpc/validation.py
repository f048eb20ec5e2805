"""Check received messages against the contract's validation rules (``buf.validate``)."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import protovalidate
from google.protobuf.message import Message

from servicekit.errors import MOST_ERRORS, FieldError, InvalidInput


@cache
def _validator() -> protovalidate.Validator:
    # One validator for the whole process: compiling a message's rules takes milliseconds, checking
    # them only microseconds.
    return protovalidate.Validator()


def validate(message: Message) -> None:
    """Raise ``InvalidInput`` with the fields of ``message`` that break a rule."""
    violations = _validator().collect_violations(message)
    if violations:
        told = [_field_error(violation) for violation in violations[:MOST_ERRORS]]
        raise InvalidInput(told, further=len(violations) - len(told))


def _field_error(violation: protovalidate.Violation) -> FieldError:
    path = ""
    where = violation.proto.field
    for element in where.elements if where else ():
        # In the HTTP API a message that has only `values` is a plain array.
        if not path or element.field_name != "values":
            path += f"{'.' if path else ''}{_camel_case(element.field_name)}"
        path += _subscript(element)
    return FieldError(path, _message(violation))


_IN_WORDS: Mapping[str, Callable[[Any], str]] = {
    "string.min_len": lambda least: (
        "must not be empty" if least == 1 else f"must have at least {least} characters"
    ),
    "string.max_len": lambda most: f"must have at most {most} characters",
    "string.pattern": lambda pattern: (
        "must not be blank" if pattern == r"\S" else f"must match {pattern}"
    ),
    "string.in": lambda known: f"must be one of {', '.join(known)}",
    "repeated.min_items": lambda least: (
        "must not be empty" if least == 1 else f"must have at least {least} items"
    ),
    "repeated.max_items": lambda most: f"must have at most {most} items",
    "repeated.unique": lambda _: "must not contain duplicates",
    "map.max_pairs": lambda most: f"must have at most {most} entries",
}


def _message(violation: protovalidate.Violation) -> str:
    """Return a message for people.

    The library's own messages are not used, because they mention lists and expressions.
    """
    in_words = _IN_WORDS.get(violation.proto.rule_id)
    return in_words(violation.rule_value) if in_words else violation.proto.message


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
