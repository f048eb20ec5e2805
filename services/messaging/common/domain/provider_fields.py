"""Read the fields with which Twilio describes a message. No value is refused."""

import unicodedata

from servicekit.text import storable

MAX_BODY = 10_000
"""Maximum characters of a message's text that are stored. Twilio's limit is 1,600."""

_MAX_SEGMENTS = 10_000


def body_of(text: object) -> str:
    """Return the text as it is stored: cut to ``MAX_BODY``, in NFC so that a search finds words."""
    kept = storable(str(text if text is not None else ""))
    return unicodedata.normalize("NFC", kept)[:MAX_BODY]


def segments_in(value: object) -> int:
    """Return the count of segments that a field of Twilio contains, at least 1."""
    return max(1, count_in(value, _MAX_SEGMENTS))


def count_in(value: object, most: int) -> int:
    """Return the count that ``value`` contains, at most ``most``. 0 if it is not a whole number."""
    text = str(value if value is not None else "").strip()
    if not (text.isascii() and text.isdigit()):
        return 0
    return min(most, int(text[:9])) if len(text) <= 9 else most
