"""Forms as Twilio posts them, read strictly: nothing is guessed and nothing is dropped."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

MAX_FIELDS = 1000

Pairs = Sequence[tuple[str, str]]
"""Names and values in the order they came, repeated names included."""


class UnreadableForm(ValueError):
    """The body is not a form of UTF-8 text."""


class TooManyFields(ValueError):
    """The form has more than ``MAX_FIELDS`` fields."""


def read_form(body: bytes) -> Pairs:
    """The fields of a form. Raises ``UnreadableForm`` and ``TooManyFields``.

    NUL is refused: no phone sends it, and no database keeps it.
    """
    if body.count(b"&") >= MAX_FIELDS:
        raise TooManyFields
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict"
        )
    except ValueError:
        raise UnreadableForm("the body can't be read as a form") from None
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise UnreadableForm("the form contains NUL")
    return pairs


def first_values(pairs: Pairs) -> dict[str, str]:
    """Each name with the first of its values."""
    return dict(reversed(pairs))
