"""Turn the text of a phone number into digits.

The text may come from a person, a spreadsheet or a carrier.

Only characters that certainly don't belong to the number are removed: space, punctuation, invisible
marks, a label such as ``tel:``, the apostrophe and the ``.0`` of spreadsheets. Everything else is
refused, because a digit too many or too few makes the number of somebody else.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_INPUT_LENGTH = 40
"""Maximum characters of a phone number as it was typed, with formatting."""

_DIALLED = re.compile(r"\+?[0-9]+", re.ASCII)
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u02d7\ufe58\ufe63\uff0d"
_DOTS = "\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff0e"
SEPARATORS = dict.fromkeys(map(ord, f" \u00a0()./_{_DASHES}{_DOTS}\uff08\uff09"))
"""Characters that people put between digits, as a table for deletion with ``str.translate``."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\x7f-\x84\x86-\x9f]"
)
"""Invisible characters that Unicode does not class as marks of format."""
_REORDERING = "\u202b\u202e\u2067"
"""Marks of right-to-left text. Inside a number they make its digits appear in another order."""
_EDGE_MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Invisible marks of text direction, which address books copy at both ends of a number."""
_APOSTROPHES = "'\u2018\u2019\u201b\u02bc\u00b4\uff07`"
"""Characters that spreadsheets put before a cell so that it stays text."""
_QUOTES = f'{_APOSTROPHES}"'
_FORMULA = re.compile(r"^=(?=[\"'+(0-9])")
"""The equals sign before a number that a spreadsheet keeps as text or as a formula."""
_LABEL = re.compile(r"(?:tel|phone|mobile|cell|sms|p)\s*[.:]\s*(?=[+(0-9])", re.IGNORECASE)
_WITH_DECIMALS = re.compile(r"(\+?[0-9]{6,})[.,]([0-9]{1,2}|0{3,12})", re.ASCII)
_IN_THOUSANDS = re.compile(r"\+?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}(?:\.0{1,2})?", re.ASCII)
_SCIENTIFIC = re.compile(
    r"[+-]?[0-9]+(?:[.,][0-9]+)?\s*"
    r"(?:[ed]\s*[+\u2212-]?\s*[0-9]+|[x*\u00d7\u22c5\u00b7]\s*10\s*(?:\^|\*\*)?\s*\+?[0-9]*"
    r"[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]*)(?:[.,]0+)?",
    re.IGNORECASE | re.ASCII,
)
_SHEET_ERROR = re.compile(
    r"#{2,}|#(?:NAME|VALUE|REF|N/A|NV|NUM|NULL|DIV/0|ERROR|SPILL|CALC|FIELD)[?!]?", re.IGNORECASE
)
_EXTENSION = re.compile(
    r"[0-9)\s](?:;?\s*ext(?:ension|n)?\b\.?|\s*[x#,;])[\s:=]*[0-9]+$", re.IGNORECASE
)
_TAILS = (
    re.compile(r"(?P<head>.*[0-9)])\s*/\s*[0-9]{1,4}"),
    re.compile(r"(?P<head>[^.]*[0-9)])\.[0-9]{1,2}"),
    re.compile(rf"(?P<mobile>.*[0-9)])\s*(?:[{_DASHES}{_DOTS}_]\s*[0-9]{{1,2}}|\s[0-9])"),
)
_FEW_DECIMALS = 2


class InvalidPhone(ValueError):
    """The input is not a number that can be texted.

    ``message`` tells a person what is wrong and what to do. It never contains the input.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Tail:
    """The text before a few last digits that may not belong to the number ("415 555 2671 / 5").

    ``of_mobiles``: such a number is refused only if ``head`` is a mobile number. A landline may
    have an extension that is dialled as part of the number ("-0").
    """

    head: str
    of_mobiles: bool


def dialled(raw: str) -> str:
    """Return the digits of ``raw``, with the ``+`` if ``raw`` has one.

    Raises:
        InvalidPhone: ``raw`` is not a single number in digits.
    """
    text = tidied(raw)
    decimal = _WITH_DECIMALS.fullmatch(text)
    if decimal:
        if decimal[2].strip("0"):
            raise InvalidPhone("This is a number with decimals, not a phone number.")
        return decimal[1]
    if _IN_THOUSANDS.fullmatch(text):
        return text.partition(".")[0].replace(",", "")
    digits = text.translate(SEPARATORS)
    if _DIALLED.fullmatch(digits) is None:
        raise InvalidPhone(_unreadable(text))
    return digits


def tidied(raw: str) -> str:
    """Return ``raw`` without marks, labels and the apostrophe of spreadsheets.

    Raises:
        InvalidPhone: ``raw`` is too long for one number.
    """
    if len(raw) > MAX_INPUT_LENGTH:
        raise InvalidPhone(
            f"A phone number has at most {MAX_INPUT_LENGTH} characters. Enter one number only."
        )
    text = raw.strip() if raw.isprintable() and raw.isascii() else _seen(raw)
    text = _FORMULA.sub("", text).lstrip(_QUOTES).rstrip(f"{_QUOTES},; ").strip()
    label = _LABEL.match(text)
    return text[label.end() :].strip(_EDGE_MARKS).strip() if label else text


def all_digits_of(raw: str) -> str | None:
    """Return all digits of ``raw`` if it ends with three or more decimals that are all zeros.

    The zeros are probably decimals of a database, but some numbers may end like that. Returns None
    for any other text.
    """
    decimal = _WITH_DECIMALS.fullmatch(tidied(raw))
    return "".join(decimal.groups()) if decimal and len(decimal[2]) > _FEW_DECIMALS else None


def tail_of(raw: str) -> Tail | None:
    """Return the text before the last digits that may not belong to the number, if any."""
    text = tidied(raw)
    if text[1:].isdigit() or _WITH_DECIMALS.fullmatch(text) or _IN_THOUSANDS.fullmatch(text):
        return None
    for pattern in _TAILS:
        found = pattern.fullmatch(text)
        if found:
            groups = found.groupdict()
            head = groups.get("head")
            return Tail(head or groups["mobile"], of_mobiles=head is None)
    return None


def _seen(raw: str) -> str:
    """Return ``raw`` as people see it: with plain spaces and without invisible characters."""
    return "".join(map(_as_seen, raw.strip().strip(_EDGE_MARKS))).strip().strip(_EDGE_MARKS).strip()


def _as_seen(character: str) -> str:
    """Return what people see: a plain space for any space, nothing for an invisible mark."""
    category = unicodedata.category(character)
    if character == "\t" or category == "Zs":
        return " "
    unseen = category == "Cf" or _UNSEEN.fullmatch(character)
    return "" if unseen and character not in _REORDERING else character


def _unreadable(text: str) -> str:
    """Explain why ``text`` can't be read as digits."""
    if _SHEET_ERROR.fullmatch(text):
        return (
            "A spreadsheet shows an error or # signs here instead of the number."
            " Correct the cell or widen the column, and save the file again."
        )
    if not any(character.isalnum() for character in text):
        return "Enter a phone number, such as +14155550100."
    if _SCIENTIFIC.fullmatch(text):
        return (
            "A spreadsheet has shortened this number, as in 1.4E+10. Format the column as text"
            " and enter all digits."
        )
    if _EXTENSION.search(text):
        return "Extensions can't be texted. Enter the number without its extension."
    if any(unicodedata.category(character).startswith("L") for character in text):
        return (
            "Phone numbers can't contain letters. Enter one number in digits, such as +14155550100."
        )
    if any(character.isnumeric() and not character.isascii() for character in text):
        return "Enter the phone number in the digits 0 to 9, such as +14155550100."
    return "Enter one phone number in digits with its country code, such as +14155550100."
