"""The country found by prefix is the country that the phonenumbers library finds, or None."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from servicekit.calling_codes import country_from_prefix

_KINDS = range(11)
EXAMPLES = sorted(
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in phonenumbers.SUPPORTED_REGIONS
    for kind in _KINDS
    if (number := phonenumbers.example_number_for_type(region, kind))
)


def by_the_library(e164: str) -> str | None:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.region_code_for_number(number)


def with_digits(e164: str, changes: dict[int, str]) -> str:
    """Return ``e164`` with other digits at some places, which are counted from its end."""
    digits = list(e164)
    for place, digit in changes.items():
        if place < len(digits) - 1:
            digits[-1 - place] = digit
    return "".join(digits)


@given(
    st.sampled_from(EXAMPLES),
    st.dictionaries(st.integers(0, 12), st.sampled_from("0123456789"), max_size=6),
    st.sampled_from(["", "0", "7"]),
)
@example("+447911123456", {}, "")
@example("+79161234567", {9: "8"}, "")
@example("+5491123456789", {}, "")
@example("+201001234567", {11: "0", 10: "2"}, "")
def test_the_country_found_by_prefix_is_the_country_that_the_phonenumbers_library_finds(
    e164: str, changes: dict[int, str], more: str
) -> None:
    changed = with_digits(e164, changes) + more
    assert country_from_prefix(changed) in (None, by_the_library(changed))


@pytest.mark.parametrize(
    ("e164", "country"),
    [
        ("+14155552671", "US"),
        ("+14168675309", "CA"),
        ("+18762345678", "JM"),
        ("+17872345678", "PR"),
        ("+447400123456", "GB"),
        ("+447911123456", "GG"),
        ("+4915112345678", "DE"),
        ("+393471234567", "IT"),
        ("+79161234567", "RU"),
        ("+77012345678", "KZ"),
        ("+919876512345", "IN"),
        ("+61412345678", "AU"),
    ],
)
def test_the_prefix_decides_the_country_of_ordinary_numbers(e164: str, country: str) -> None:
    assert country_from_prefix(e164) == country


@pytest.mark.parametrize(
    "e164",
    ["+15558675310", "+881612345678", "+999123456789", "+1", "+4", "+0201001234567"],
)
def test_whether_a_number_belongs_to_no_country_is_decided_by_the_phonenumbers_library(
    e164: str,
) -> None:
    assert country_from_prefix(e164) is None
