"""Clean up the text of a cell."""

import unicodedata

# Invisible characters that address books and spreadsheets leave in cells: soft hyphens, zero-width
# spaces, byte order marks, direction marks.
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff" + _DIRECTIONS))
# An export puts a quote before cells that a spreadsheet would read as a formula.
_FORMULA_STARTS = frozenset("=+-@\t\r\n")


def readable(cell: str) -> str:
    """Return a cell without surrounding space, invisible characters and the quote before a formula.

    Characters are composed (NFC), because a decomposed é would need a more expensive encoding in a
    message. Joiners stay, because emoji and some scripts need them.
    """
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", cell.translate(_INVISIBLE))
    text = cell.strip(" ")
    if text[:1] == "'" and text.lstrip("'")[:1] in _FORMULA_STARTS:
        text = text[1:]
    return text.strip()
