"""The text of a cell as a person reads it."""

import unicodedata

# What address books and spreadsheets leave around and between words: soft hyphens, spaces without
# width, byte order marks, marks of direction.
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff" + _DIRECTIONS))
# An export puts a quote before cells that a spreadsheet would take for a formula.
_FORMULA_STARTS = frozenset("=+-@\t\r\n")


def readable(cell: str) -> str:
    """Return a cell without the space around it, marks that nobody sees, and a formula's quote.

    Characters are composed (NFC): a decomposed é would cost a text its cheaper encoding. Joiners
    stay, as emoji and some scripts need them.
    """
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", cell.translate(_UNSEEN))
    text = cell.strip(" ")
    if text[:1] == "'" and text.lstrip("'")[:1] in _FORMULA_STARTS:
        text = text[1:]
    return text.strip()
