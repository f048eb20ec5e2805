"""Phone numbers: what a person typed becomes E.164, or an error that says what to do.

A number is accepted as the recipient of a text when it is *valid* by the metadata of
``phonenumbers`` (its range is assigned, which says nothing about being in service) and of a
kind that can receive texts. Numbers whose range the metadata doesn't know are refused, also
those of the right length: a typing mistake is far likelier than an area code that is younger
than the library, and updating the library admits the latter.

``phonenumbers`` is imported at the first use: it takes 50 ms, and the many processes that
only mask numbers for their logs can do without.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MAX_INPUT_LENGTH = 40
"""Characters, with formatting, that a number may have as it was typed."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_DIALLED = re.compile(r"\+?[0-9]+")
_SEPARATORS = dict.fromkeys(map(ord, " \u00a0().-/\u2010\u2011\u2012\u2013\u2014\u2015\u2212"))
"""What people put between digits, by code point, for deletion with ``str.translate``."""
_INVISIBLE_MARKS = (
    "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Marks that address books and spreadsheets copy along at either end of a number."""
_EXTENSION = re.compile(
    r"[0-9)\s](?:;?\s*ext(?:ension|n)?\b\.?|\s*[x#,;])[\s:=]*[0-9]+$", re.IGNORECASE
)
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_NON_GEOGRAPHIC = "001"
"""What ``phonenumbers`` answers as the region of satellite and other networks of no country."""


class InvalidPhone(ValueError):
    """The input is no number that can be texted.

    ``message`` tells a person what is wrong and what to do. It never contains the input.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class PhoneKind(StrEnum):
    """The kinds of number that can receive texts.

    Numbers of the US and Canada are ``FIXED_LINE_OR_MOBILE``: only a carrier lookup tells.
    """

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    VOIP = "voip"


_TEXTABLE_KINDS = frozenset(kind.value for kind in PhoneKind)


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be texted.

    ``country`` is the ISO 3166 region that the number belongs to, decided by the whole number:
    the calling code ``+1`` alone covers 25 countries and territories.
    """

    e164: str
    country: str
    kind: PhoneKind


def normalise(raw: str, default_country: str = "US") -> Phone:
    """The number that ``raw`` means to a person in ``default_country``.

    Spaces, punctuation, a ``tel:`` prefix and invisible marks at the ends are dropped. Letters
    (vanity numbers), digits other than 0-9 and extensions are refused rather than converted.

    Raises:
        InvalidPhone: it is not a valid number, or of a kind that can't be texted (toll-free,
            premium-rate, personal, universal-access, pager, shared-cost, voicemail, satellite).
    """
    return _recipient(_parse(_dialled(raw), default_country))


def normalise_us_fast(raw: str) -> str | None:
    """The E.164 form of ``raw`` if it is an ordinary US number, otherwise ``None``.

    Dozens of times faster than :func:`normalise` with ``default_country="US"`` and never in
    disagreement with it, because it matches the library's own pattern; ``None`` only means that
    :func:`normalise` must decide. For imports by an organisation of another country it is
    right only for input that starts with ``+``.
    """
    match = _us_pattern().fullmatch(raw)
    if match is None and len(raw) <= MAX_INPUT_LENGTH:
        match = _us_pattern().fullmatch(raw.translate(_SEPARATORS))
    return "+1" + match[1] if match else None


def is_e164(text: str) -> bool:
    """Whether ``text`` has the form of E.164: ``+``, then 7 to 15 digits, the first not 0."""
    return _E164.fullmatch(text) is not None


def mask(e164: str) -> str:
    """``e164`` for logs and messages: ``+1415***2671``.

    At least three digits are always hidden, and anything that is not E.164 becomes ``***``.
    """
    if not is_e164(e164):
        return "***"
    if len(e164) < len("+1415***2671"):
        return f"{e164[:3]}***{e164[-2:]}"
    return f"{e164[:5]}***{e164[-4:]}"


def country_of(e164: str) -> str:
    """The ISO 3166 region that the number ``e164`` of any kind belongs to.

    Raises:
        InvalidPhone: it is not E.164, or no country assigns it.
    """
    if not is_e164(e164):
        raise InvalidPhone("Start with + and the country code, as in +14155550100.")
    if _us_pattern().fullmatch(e164):
        return "US"
    from servicekit.calling_codes import country_at_a_look

    return country_at_a_look(e164) or _country(_parse(e164, "US"))


def calling_prefix(country: str) -> str:
    """How the numbers of an ISO 3166 region begin, as in ``+44``; countries may share one."""
    import phonenumbers

    return f"+{phonenumbers.country_code_for_region(country)}"


def _dialled(raw: str) -> str:
    """The digits of ``raw``, with the ``+`` if it has one."""
    if len(raw) > MAX_INPUT_LENGTH:
        raise InvalidPhone(f"A phone number has at most {MAX_INPUT_LENGTH} characters.")
    text = raw.strip().strip(_INVISIBLE_MARKS).strip()
    if text[:4].lower() == "tel:":
        text = text[4:]
    dialled = text.translate(_SEPARATORS)
    if _DIALLED.fullmatch(dialled) is None:
        raise InvalidPhone(_unreadable(text))
    return dialled


def _unreadable(text: str) -> str:
    """Why ``text`` can't be read as digits."""
    if not any(character.isalnum() for character in text):
        return "Enter a phone number, such as +14155550100."
    if _EXTENSION.search(text):
        return "Extensions can't be texted. Enter the number without its extension."
    if any(unicodedata.category(character).startswith("L") for character in text):
        return "A phone number has no letters. Enter it in digits, such as +14155550100."
    if any(character.isnumeric() and not character.isascii() for character in text):
        return "Enter the phone number in the digits 0 to 9, such as +14155550100."
    return "Enter one phone number in digits with its country code, such as +14155550100."


def _parse(dialled: str, default_country: str) -> "PhoneNumber":
    """The valid number that ``dialled`` reaches from ``default_country``."""
    import phonenumbers

    try:
        number = phonenumbers.parse(dialled, default_country)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise InvalidPhone(
                "The country code is missing or unknown. Start with + and the country code."
            ) from None
        raise InvalidPhone("The number is too short or too long. Check its digits.") from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidPhone(_not_assigned(number, dialled))
    return number


def _not_assigned(number: "PhoneNumber", dialled: str) -> str:
    """Why ``number``, read from ``dialled``, is not valid."""
    import phonenumbers

    if _SHORT_CODE.fullmatch(dialled):
        return "Short codes can't be texted. Enter a full number with its area code."
    match phonenumbers.is_possible_number_with_reason(number):
        case phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return "The area code is missing. Enter the full number."
        case phonenumbers.ValidationResult.TOO_SHORT:
            return "The number is too short. Check its digits."
        case phonenumbers.ValidationResult.TOO_LONG:
            return "The number is too long. Check its digits and country code."
        case _:
            return "No such number is in use. Check the area code and the digits."


def _recipient(number: "PhoneNumber") -> Phone:
    """``number`` as one that can be texted."""
    import phonenumbers

    country = _country(number)
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(number)).lower()
    if kind not in _TEXTABLE_KINDS:
        words = kind.replace("_", " ")
        raise InvalidPhone(f"This kind of number can't be texted ({words}). Enter a mobile number.")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, country, PhoneKind(kind))


def _country(number: "PhoneNumber") -> str:
    """The region of the valid ``number``."""
    import phonenumbers

    region = phonenumbers.region_code_for_number(number)
    if region is None or region == _NON_GEOGRAPHIC:
        raise InvalidPhone(
            "Satellite and other numbers of no country can't be texted. Enter a mobile number."
        )
    return region


@cache
def _us_pattern() -> re.Pattern[str]:
    """Matches a bare US number that can be texted; group 1 is its ten digits.

    Built from the library's metadata, so that it is exactly as right and as current: general
    pattern and geographic pattern, and none of the patterns of other kinds (which the library
    tries first).
    """
    from phonenumbers import PhoneMetadata

    us = PhoneMetadata.metadata_for_region("US")
    if us is None or us.general_desc is None or us.fixed_line is None:
        raise LookupError("phonenumbers has no metadata for the US")
    others = (
        us.premium_rate,
        us.toll_free,
        us.shared_cost,
        us.voip,
        us.personal_number,
        us.pager,
        us.uan,
        us.voicemail,
    )
    other_kinds = "|".join(
        kind.national_number_pattern for kind in others if kind and kind.national_number_pattern
    )
    return re.compile(
        rf"(?:\+?1)?((?=(?:{us.general_desc.national_number_pattern})\Z)"
        rf"(?!(?:{other_kinds})\Z)(?:{us.fixed_line.national_number_pattern}))",
        re.ASCII,
    )
