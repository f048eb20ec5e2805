"""Forms as Twilio posts them. Their bytes are what is signed; what is kept of them is text."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote_to_bytes

from servicekit.text import storable

MAX_FIELDS = 1000

Pairs = Sequence[tuple[str, str]]
"""Names and values in the order they came, repeated names included.

Bytes that are no UTF-8 are kept as ``surrogateescape`` has them, so that nothing is lost of what
was signed.
"""


class UnreadableForm(ValueError):
    """The body is not a form."""


class TooManyFields(ValueError):
    """The form has more than ``MAX_FIELDS`` fields."""


def read_form(body: bytes) -> Pairs:
    """Return the fields of a form, whatever characters are in them.

    Raises:
        UnreadableForm: a field has no ``=``.
        TooManyFields: there are more than ``MAX_FIELDS``.
    """
    if body.count(b"&") >= MAX_FIELDS:
        raise TooManyFields
    return [_pair(part) for part in body.split(b"&")] if body else []


def storable_pairs(pairs: Pairs) -> Pairs:
    """Return fields that every database keeps: without NUL, other bytes than UTF-8 replaced."""
    return [(storable(name), storable(value)) for name, value in pairs]


def first_values(pairs: Pairs) -> dict[str, str]:
    """Return each name with the first of its values."""
    return dict(reversed(pairs))


def fields_of(payload: bytes) -> Mapping[str, str]:
    """Return the fields of a form that was kept: the first value of each, fit to be stored."""
    return first_values(storable_pairs(read_form(payload)))


def _pair(part: bytes) -> tuple[str, str]:
    name, equals, value = part.partition(b"=")
    if not equals:
        raise UnreadableForm("the body can't be read as a form")
    return _text(name), _text(value)


def _text(encoded: bytes) -> str:
    return unquote_to_bytes(encoded.replace(b"+", b" ")).decode(errors="surrogateescape")
