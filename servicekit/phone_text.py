"""Turn the text of a phone number into digits.

It may come from a person, a spreadsheet or a carrier.

Only characters that certainly don't belong to the number are removed: space, punctuation, invisible
marks, a label such as ``tel:``, the apostrophe and the ``.0`` of spreadsheets. Everything else is
refused, because a digit too many or too few makes the number of somebody else.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_INPUT_LENGTH = 40
"""Maximum length of a number as it was typed, with formatting."""

_DIALLED = re.compile(r"\+?[0-9]+", re.ASCII)
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
SEPARATORS = dict.fromkeys(map(ord, f" \u00a0()./{_DASHES}"))
"""Characters that people put between digits, as a table for deletion with ``str.translate``."""
_EDGE_MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Invisible marks of text direction, which address books copy at both ends of a number.

Inside a number they could change the order in which its digits are shown, so they are refused
there.
"""
_UNSEEN = dict.fromkeys(
    [*map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"), *range(0xFE00, 0xFE10)]
)
_APOSTROPHES = "'\u2018\u2019\u00b4`"
"""Characters that spreadsheets put before a cell so that it stays text."""
_LABEL = re.compile(r"(?:tel|phone|mobile|cell|sms|p)\s*[.:]\s*(?=[+(0-9])", re.IGNORECASE)
_WITH_DECIMALS = re.compile(r"(\+?[0-9]{6,})[.,]([0-9]{1,2})", re.ASCII)
_SCIENTIFIC = re.compile(r"\+?[0-9]+(?:[.,][0-9]+)?e\+?[0-9]+", re.IGNORECASE | re.ASCII)
_EXTENSION = re.compile(
    r"[0-9)\s](?:;?\s*ext(?:ension|n)?\b\.?|\s*[x#,;])[\s:=]*[0-9]+$", re.IGNORECASE
)
_TAILS = (
    re.compile(r"(?P<head>.*[0-9)])\s*/\s*[0-9]{1,4}"),
    re.compile(r"(?P<head>[^.]*[0-9)])\.[0-9]{1,2}"),
    re.compile(rf"(?P<mobile>.*[0-9)])\s*(?:[{_DASHES}]\s*[0-9]{{1,2}}|\s[0-9])"),
)


class InvalidPhone(ValueError):
    """The input is not a number that can be texted.

    ``message`` tells a person what is wrong and what to do. It never contains the input.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Tail:
    """A few digits at the end that may not belong to the number. ``head`` is the text before them.

    ``of_mobiles``: the digits are suspicious only if ``head`` is a mobile number. A landline may
    end like that (an extension that is dialled as part of the number, "-0").
    """

    head: str
    of_mobiles: bool


def dialled(raw: str) -> str:
    """Return the digits of ``raw``, with its ``+`` if there is one.

    Raises:
        InvalidPhone: ``raw`` is not a single number in digits.
    """
    text = tidied(raw)
    decimal = _WITH_DECIMALS.fullmatch(text)
    if decimal:
        if decimal[2].strip("0"):
            raise InvalidPhone("This is a number with decimals, not a phone number.")
        return decimal[1]
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
    if raw.isascii():
        text = raw.strip()
    else:
        text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in raw)
        text = text.translate(_UNSEEN).strip().strip(_EDGE_MARKS).strip()
    text = text.lstrip(_APOSTROPHES).strip()
    label = _LABEL.match(text)
    return text[label.end() :] if label else text


def tail_of(raw: str) -> Tail | None:
    """Return the digits at the end of ``raw`` that may not belong to the number, if any."""
    text = tidied(raw)
    if text[1:].isdigit() or _WITH_DECIMALS.fullmatch(text):
        return None
    for pattern in _TAILS:
        found = pattern.fullmatch(text)
        if found:
            groups = found.groupdict()
            head = groups.get("head")
            return Tail(head or groups["mobile"], of_mobiles=head is None)
    return None


def _unreadable(text: str) -> str:
    """Explain why ``text`` can't be read as digits."""
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
