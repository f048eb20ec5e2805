"""Convert phone numbers that people typed to E.164, or raise an error that says what to do.

A number is accepted as the recipient of a text when it is *valid* by the metadata of
``phonenumbers`` (its range is assigned, which does not mean that it is in service) and of a kind
that can receive texts. Numbers whose range the metadata doesn't know are refused, even if their
length is right: a typing mistake is far more likely than an area code that is younger than the
library, and an update of the library brings the new area code.

Some countries write a number in two ways. Here a number always has the same form, wherever it comes
from. :func:`normalise` is for numbers from people and files, :func:`canonical` for numbers from
carriers (docs/decisions/0018).

``phonenumbers`` is imported at the first use: it takes 50 ms, and the many processes that only mask
numbers for their logs don't need it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from servicekit.phone_lines import ANY_FORM, other_forms, standard_form
from servicekit.phone_text import MAX_INPUT_LENGTH as MAX_INPUT_LENGTH
from servicekit.phone_text import SEPARATORS, dialled
from servicekit.phone_text import InvalidPhone as InvalidPhone

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LONG_ENOUGH = 10
"""Minimum digits of a phone number with a country code that has no plus."""
_US_GROUPS = re.compile(r"(?:\+?1)?[ .-]?\(?[0-9]{3}\)?[ ./-]{0,3}[0-9]{3}[ .-]?[0-9]{4}", re.ASCII)
_NON_GEOGRAPHIC = "001"
"""The region that ``phonenumbers`` gives to satellite numbers and others that no country has."""


class PhoneKind(StrEnum):
    """The kinds of phone number that can receive texts.

    Numbers of the US and Canada are ``FIXED_LINE_OR_MOBILE``: only a carrier lookup tells which of
    the two.
    """

    FIXED_LINE = "fixed_line"
    MOBILE = "mobile"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    VOIP = "voip"


_TEXTABLE_KINDS = frozenset(kind.value for kind in PhoneKind)


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number that can be texted.

    ``country`` is the ISO 3166 region that the number belongs to, decided by the whole number:
    the calling code ``+1`` alone covers 25 countries and territories.
    """

    e164: str
    country: str
    kind: PhoneKind


def normalise(raw: str, default_country: str = "US") -> Phone:
    """Return the phone number that ``raw`` means when a person in ``default_country`` writes it.

    Formatting is removed (``servicekit/phone_text.py``), and other forms of a number become its
    standard form (``servicekit/phone_lines.py``). Digits without a country code must have only one
    possible meaning (``servicekit/phone_readings.py``). Letters, digits other than 0-9, extensions
    and second numbers are refused: no digit is ever added, dropped or guessed.

    Raises:
        InvalidPhone: ``raw`` is not a valid number, may be one of several, or is of a kind that
            can't be texted (toll-free, premium-rate, personal, universal-access, pager,
            shared-cost, voicemail, satellite).
    """
    from servicekit.phone_readings import read

    return _recipient(read(raw, default_country))


def normalise_us_fast(raw: str) -> str | None:
    """Return the E.164 form of ``raw`` if it is an ordinary US number, otherwise ``None``.

    The result is that of :func:`normalise` with ``default_country="US"``, because the library's own
    pattern is used, and it is dozens of times faster. ``None`` only means that :func:`normalise`
    must decide. For an organisation of another country, call it only with input that starts with
    ``+``.
    """
    match = _us_pattern().fullmatch(raw)
    if match is None:
        text = raw.strip()
        if len(raw) <= MAX_INPUT_LENGTH and _US_GROUPS.fullmatch(text):
            match = _us_pattern().fullmatch(text.translate(SEPARATORS))
    return "+1" + match[1] if match else None


def canonical(reported: str) -> str:
    """Return the standard form of a phone number from a carrier, or ``reported`` unchanged.

    A carrier writes the country code, with or without ``+`` or ``00``, and may write the number
    differently from people. Ten digits without a country code are an American number. If
    ``reported`` is not a phone number (a short code, a name, an address of another channel), it is
    returned unchanged.
    """
    if reported[:1] == "+" and _us_pattern().fullmatch(reported):
        return reported
    try:
        e164 = _with_country_code(dialled(reported))
    except InvalidPhone:
        return reported
    one = standard_form(e164, is_mobile, ANY_FORM)
    number = parsed(one)
    if number:
        return to_e164(number)
    return one if reported.strip()[:1] == "+" and is_e164(one) else reported


def forms_of(e164: str) -> tuple[str, ...]:
    """Return all E.164 forms of the number ``e164``, the standard form first.

    Old rows and the provider's messages may have any of these forms.
    """
    one = canonical(e164)
    return (one, *other_forms(one))


def is_e164(text: str) -> bool:
    """Tell whether ``text`` has the form of E.164: ``+``, then 7 to 15 digits, the first not 0."""
    return _E164.fullmatch(text) is not None


def mask(e164: str) -> str:
    """Mask ``e164`` for logs and messages: ``+1415***2671``.

    At least three digits are always hidden, and anything that is not E.164 becomes ``***``.
    """
    if not is_e164(e164):
        return "***"
    if len(e164) < len("+1415***2671"):
        return f"{e164[:3]}***{e164[-2:]}"
    return f"{e164[:5]}***{e164[-4:]}"


def country_of(e164: str) -> str:
    """Return the ISO 3166 region that the number ``e164`` of any kind belongs to.

    Raises:
        InvalidPhone: ``e164`` is not E.164, or belongs to no country.
    """
    if not is_e164(e164):
        raise InvalidPhone("Start with + and the country code, as in +14155550100.")
    if _us_pattern().fullmatch(e164):
        return "US"
    from servicekit.calling_codes import country_from_prefix

    country = country_from_prefix(e164)
    if country:
        return country
    number = parsed(e164) or parsed(canonical(e164))
    if number is None:
        raise InvalidPhone("No country assigns this number. Check its country code and digits.")
    return _country(number)


def calling_prefix(country: str) -> str:
    """Return the calling prefix of an ISO 3166 region, such as ``+44``. Countries may share one."""
    import phonenumbers

    return f"+{phonenumbers.country_code_for_region(country)}"


def has_calling_prefix(country: str) -> bool:
    """Tell whether phone numbers belong to an ISO 3166 region."""
    import phonenumbers

    return country in phonenumbers.SUPPORTED_REGIONS


def parsed(e164: str) -> "PhoneNumber | None":
    """Parse ``e164``. Returns None if it is not a valid number of any country."""
    import phonenumbers

    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def to_e164(number: "PhoneNumber") -> str:
    """Return ``number`` in E.164."""
    import phonenumbers

    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_mobile(e164: str) -> bool:
    """Tell whether the library's data says that ``e164`` is, or may be, a mobile number."""
    from phonenumbers import PhoneNumberType, number_type

    number = parsed(e164)
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return number is not None and number_type(number) in kinds


def _with_country_code(digits: str) -> str:
    """Return a carrier's digits in E.164, or unchanged if they have no country code."""
    if digits[:1] == "+":
        return digits
    american = _us_pattern().fullmatch(digits)
    if american:
        return f"+1{american[1]}"
    bare = digits.removeprefix("00")
    return f"+{bare}" if len(bare) >= _LONG_ENOUGH else digits


def _recipient(number: "PhoneNumber") -> Phone:
    """Return ``number`` as a :class:`Phone`. Raises ``InvalidPhone`` if it can't be texted."""
    import phonenumbers

    country = _country(number)
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(number)).lower()
    if kind not in _TEXTABLE_KINDS:
        words = kind.replace("_", " ")
        raise InvalidPhone(f"This kind of number can't be texted ({words}). Enter a mobile number.")
    return Phone(to_e164(number), country, PhoneKind(kind))


def _country(number: "PhoneNumber") -> str:
    """Return the region of the valid ``number``."""
    import phonenumbers

    region = phonenumbers.region_code_for_number(number)
    if region is None or region == _NON_GEOGRAPHIC:
        raise InvalidPhone("Satellite numbers can't be texted. Enter a mobile number.")
    return region


@cache
def _us_pattern() -> re.Pattern[str]:
    """Return a pattern for a bare US number that can be texted; group 1 is its ten digits.

    It is built from the library's metadata, so that both always agree: a number must match the
    general and the geographic pattern, and no pattern of another kind (the library tries those
    first).
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
