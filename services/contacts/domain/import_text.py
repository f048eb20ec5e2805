"""Clean up the text of a cell."""

import re
import unicodedata
from collections.abc import Sequence

# Invisible characters that address books and spreadsheets leave in cells: control characters, soft
# hyphens, zero-width spaces, byte order marks, direction marks, marks of pasted objects.
_DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_OTHERS = "\u00ad\u034f\u115f\u1160\u180e\u200b\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\ufffc"
_CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
_UNSEEN = dict.fromkeys([*_CONTROLS, *map(ord, _DIRECTIONS + _OTHERS)]) | {
    **dict.fromkeys(map(ord, "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), "\n"),
    **{ord(space): space for space in "\t\n\r"},
    0x1F: " ",
    0x2800: " ",
}
# An export puts a quote before cells that a spreadsheet would read as a formula.
_FORMULA_STARTS = frozenset("=+-@\t\r\n")
# A spreadsheet keeps ="0170" as text.
_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


def readable(cell: str) -> str:
    """Return a cell without surrounding space, invisible characters and marks of a formula.

    Characters are composed (NFC), because a decomposed é would need a more expensive encoding in a
    message. Joiners stay, because emoji and some scripts need them.
    """
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", cell.translate(_UNSEEN))
    elif not cell.isprintable():
        cell = cell.translate(_UNSEEN)
    text = cell.strip(" ")
    if text[:1] == "=":
        formula = _TEXT_FORMULA.fullmatch(text)
        text = formula[1].replace('""', '"') if formula else text
    elif text[:1] == "'" and text.lstrip("'")[:1] in _FORMULA_STARTS:
        text = text[1:]
    return text.strip()


def is_blank(cells: Sequence[str]) -> bool:
    """Return whether a row is empty, or has only characters that nobody can see."""
    if any("!" <= cell[:1] <= "~" for cell in cells[:1]):  # most rows
        return False
    return not any(cells) or not any(map(readable, cells))
