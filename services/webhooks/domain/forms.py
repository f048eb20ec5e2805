"""Parse the forms that Twilio posts. Their bytes are signed; we store them as text."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote_to_bytes

from servicekit.text import storable

MAX_FIELDS = 1000

Pairs = Sequence[tuple[str, str]]
"""Names and values in their original order, with repeated names.

Bytes that are not UTF-8 are decoded with ``surrogateescape``, so that no signed byte is lost.
"""


class UnreadableForm(ValueError):
    """The body is not a form."""


class TooManyFields(ValueError):
    """The form has more than ``MAX_FIELDS`` fields."""


def read_form(body: bytes) -> Pairs:
    """Return the fields of a form.

    Raises:
        UnreadableForm: A field has no ``=``.
        TooManyFields: There are more than ``MAX_FIELDS`` fields.
    """
    if body.count(b"&") >= MAX_FIELDS:
        raise TooManyFields
    return [_pair(part) for part in body.split(b"&")] if body else []


def storable_pairs(pairs: Pairs) -> Pairs:
    """Return the fields as text that Postgres can store: without NUL, invalid UTF-8 replaced."""
    return [(storable(name), storable(value)) for name, value in pairs]


def first_values(pairs: Pairs) -> dict[str, str]:
    """Return the first value of each name, by name."""
    return dict(reversed(pairs))


def fields_of(payload: bytes) -> Mapping[str, str]:
    """Return the first value of each field of a stored form, as storable text."""
    return first_values(storable_pairs(read_form(payload)))


def _pair(part: bytes) -> tuple[str, str]:
    name, equals, value = part.partition(b"=")
    if not equals:
        raise UnreadableForm("the body can't be read as a form")
    return _text(name), _text(value)


def _text(encoded: bytes) -> str:
    return unquote_to_bytes(encoded.replace(b"+", b" ")).decode(errors="surrogateescape")
