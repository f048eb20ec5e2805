"""Read the fields in which Twilio describes a message, whatever they contain."""

import unicodedata

from servicekit.text import storable

MAX_BODY = 10_000
"""Characters that are kept of a text. Twilio's limit is 1,600."""

_MAX_SEGMENTS = 10_000


def body_of(text: object) -> str:
    """Return the part of a text that is stored, composed (NFC) so that a search finds its words."""
    kept = storable(str(text if text is not None else ""))
    return unicodedata.normalize("NFC", kept)[:MAX_BODY]


def segments_in(value: object) -> int:
    """Return the number of segments that Twilio names, at least 1."""
    return max(1, count_in(value, _MAX_SEGMENTS))


def count_in(value: object, most: int) -> int:
    """Return the count that ``value`` states: 0 if it states none, and never more than ``most``."""
    text = str(value if value is not None else "").strip()
    if not (text.isascii() and text.isdigit()):
        return 0
    return min(most, int(text[:9])) if len(text) <= 9 else most
