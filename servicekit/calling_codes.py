"""Find the country of an E.164 number from the patterns of its calling code.

``phonenumbers`` parses numbers as people type them, in tens of microseconds each, and lists have a
million numbers. For a number that is already E.164 the library's patterns are enough. This module
combines the patterns in the same way as the library, so the results are the same.

Import this module only where numbers are looked up, because ``phonenumbers`` takes 50 ms to load.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

_LONGEST_CODE = 3


@dataclass(frozen=True, slots=True)
class _Region:
    """A country's numbers without the calling code. ``numbers`` matches whole valid numbers.

    If ``leading_digits`` is set, every number whose beginning matches it is this country's.
    """

    country: str
    leading_digits: re.Pattern[str] | None
    numbers: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _CallingCode:
    """The countries of a calling code, the main one first.

    ``prefix`` is what people dial before a number inside the country. The library may remove it
    from a number.
    """

    prefix: re.Pattern[str] | None
    regions: tuple[_Region, ...]

    def country(self, national: str) -> str | None:
        if national.startswith("0") or (self.prefix and self.prefix.match(national)):
            return None
        for region in self.regions:
            if region.leading_digits is None:
                if region.numbers.fullmatch(national):
                    return region.country
            elif region.leading_digits.match(national):
                return region.country if region.numbers.fullmatch(national) else None
        return None


def country_from_prefix(e164: str) -> str | None:
    """Return the ISO 3166 region of an E.164 number; None if only the library can decide."""
    if e164[1:2] == "0":  # no calling code starts with 0, and +020 would be read as +20
        return None
    for end in range(2, _LONGEST_CODE + 2):
        code = _calling_code(e164[1:end])
        if code is not None:
            return code.country(e164[end:])
    return None


@cache
def _calling_code(digits: str) -> _CallingCode | None:
    countries = COUNTRY_CODE_TO_REGION_CODE.get(int(digits))
    main = PhoneMetadata.metadata_for_region(countries[0], None) if countries else None
    if countries is None or main is None:  # unknown code, or the code of no country
        return None
    prefix = main.national_prefix_for_parsing
    return _CallingCode(
        re.compile(prefix) if prefix else None, tuple(_region(country) for country in countries)
    )


def _region(country: str) -> _Region:
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None:
        raise LookupError(f"phonenumbers has no metadata for {country}")
    kinds = "|".join(_pattern(kind) for kind in _kinds(metadata))
    return _Region(
        country,
        re.compile(metadata.leading_digits) if metadata.leading_digits else None,
        re.compile(rf"(?={_pattern(metadata.general_desc)}\Z)(?:{kinds})", re.ASCII),
    )


def _kinds(metadata: PhoneMetadata) -> Iterator[PhoneNumberDesc]:
    """Yield the kinds of phone number that a country has, the most often texted kind first."""
    kinds = [
        None if metadata.same_mobile_and_fixed_line_pattern else metadata.mobile,
        metadata.fixed_line,
        metadata.voip,
        metadata.toll_free,
        metadata.premium_rate,
        metadata.shared_cost,
        metadata.personal_number,
        metadata.pager,
        metadata.uan,
        metadata.voicemail,
    ]
    return (kind for kind in kinds if kind is not None and kind.national_number_pattern)


def _pattern(kind: PhoneNumberDesc | None) -> str:
    """Return a pattern for the numbers of a kind, with the lengths that such numbers can have."""
    if kind is None or not kind.national_number_pattern:
        return r"(?!)"
    lengths = "|".join(rf".{{{length}}}" for length in kind.possible_length)
    return rf"(?=(?:{lengths or '.*'})\Z)(?:{kind.national_number_pattern})"
