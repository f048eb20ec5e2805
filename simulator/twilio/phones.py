"""Validate and format phone numbers."""

import re
from functools import lru_cache

import phonenumbers

E164 = re.compile(r"\+[1-9]\d{6,14}")


def _us_pattern(kind: str) -> re.Pattern[str]:
    """Return the phonenumbers library's pattern of US numbers of a kind, for E.164."""
    description = getattr(phonenumbers.PhoneMetadata.metadata_for_region("US"), kind)
    return re.compile(rf"\+1(?:{description.national_number_pattern})")


_US_GEOGRAPHIC = _us_pattern("fixed_line")
_US_TOLL_FREE = _us_pattern("toll_free")


def normalize(number: str) -> str | None:
    """Return the phone number in E.164 if it can exist, else None.

    US numbers are only compared with the library's pattern, because its parser is slow.
    """
    if _US_GEOGRAPHIC.fullmatch(number):
        return number
    return _normalize_slowly(number)


@lru_cache(maxsize=10_000)
def _normalize_slowly(number: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=10_000)
def country(number: str) -> str:
    """Return the ISO country code of an E.164 phone number, or an empty text if it is unknown."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


def national(number: str) -> str:
    """Format an E.164 phone number as `(415) 555-0100`."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL))


def is_toll_free(number: str) -> bool:
    """Tell whether a number is a US or Canadian toll-free number."""
    return _US_TOLL_FREE.fullmatch(number) is not None
