"""Digits are read as the phone number that was meant or refused, never as another number."""

import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberType

from servicekit.phones import InvalidPhone, normalise, normalise_us_fast


@pytest.mark.parametrize(
    ("raw", "country", "e164"),
    [
        # Tables store numbers as floats.
        ("+491701234567.0", "US", "+491701234567"),
        ("+4366412345678.0", "US", "+4366412345678"),
        ("14155550123.0", "US", "+14155550123"),
        ("4155552671,0", "US", "+14155552671"),
        ("1701234567.0", "DE", "+491701234567"),
        # Spreadsheets remove the plus and the leading zero.
        ("491701234567", "DE", "+491701234567"),
        ("4915112345678", "DE", "+4915112345678"),
        ("4917012345678", "DE", "+4917012345678"),
        ("4901701234567", "DE", "+491701234567"),
        ("1701234567", "DE", "+491701234567"),
        ("447911123456", "GB", "+447911123456"),
        ("7911123456", "GB", "+447911123456"),
        ("612345678", "FR", "+33612345678"),
        ("393331234567", "IT", "+393331234567"),
        ("6581234567", "IN", "+916581234567"),
        ("9123456789", "RU", "+79123456789"),
        # Prefixes that people dial.
        ("00491701234567", "US", "+491701234567"),
        ("0014155552671", "US", "+14155552671"),
        ("8 912 345 67 89", "RU", "+79123456789"),
        ("0 21 11 98765 4321", "BR", "+5511987654321"),
        ("+1 1 415 555 2671", "US", "+14155552671"),
        ("+4407911123456", "US", "+447911123456"),
        ("00 49 (0)170 1234567", "GB", "+491701234567"),
        # Marks of spreadsheets and address books.
        ("'4155550125", "US", "+14155550125"),
        ("'+14155550126", "US", "+14155550126"),
        ("\u2019(415) 555-0127", "US", "+14155550127"),
        ("\u202a+1\u00a0415\u00a0555\u00a00128\u202c", "US", "+14155550128"),
        ("+1\ufe0d-415-555-0129", "US", "+14155550129"),
        ("+1 415\u200b 555\u200b 0130", "US", "+14155550130"),
        ("\u2068+1 (415) 555-0131\u2069", "US", "+14155550131"),
        ("+1\u2009415\u202f555\u30000132", "US", "+14155550132"),
        ("+1\u061c 415\u2063 555 0133", "US", "+14155550133"),
        ("+1\u2800415\u3164555\ufffc0134", "US", "+14155550134"),
        ("+1\t(415)\u202d555\u202c-0135\u200f", "US", "+14155550135"),
        ("\u200e+1 \u2068415\u2069 555\uff0d0136", "US", "+14155550136"),
        ("Mobile: \u202a+1 415 555 0137\u202c", "US", "+14155550137"),
        ("'4155550138'", "US", "+14155550138"),
        ('="4155550139"', "US", "+14155550139"),
        ("=+14155550140", "US", "+14155550140"),
        ("(415) 555-0141;", "US", "+14155550141"),
        ("4155550142.000", "US", "+14155550142"),
        ("447400123456.000000", "GB", "+447400123456"),
        ("14,155,550,143.00", "US", "+14155550143"),
        ("p:+14155550100", "US", "+14155550100"),
        ("Tel. 415 555 2671", "US", "+14155552671"),
        # Separators that people use.
        ("0170/1234567", "DE", "+491701234567"),
        ("+43 664 123 45 67", "US", "+436641234567"),
        ("06.12.34.56.70", "FR", "+33612345670"),
        ("06\u00b712\u00b734\u00b756\u00b770", "FR", "+33612345670"),
        ("\uff08415\uff09 555_2671", "US", "+14155552671"),
        ("+49 30 123456-0", "US", "+49301234560"),
    ],
)
def test_a_phone_number_with_one_possible_meaning_is_accepted(
    raw: str, country: str, e164: str
) -> None:
    assert normalise(raw, country).e164 == e164


@pytest.mark.parametrize(
    ("raw", "country", "reason"),
    [
        ("0170 1234567/8", "DE", "more than one number"),
        ("0170 1234567 / 0171 7654321", "DE", "more than one number"),
        ("+49 170 1234567-8", "US", "more than one number"),
        ("+49 170 1234567 8", "US", "more than one number"),
        ("+491701234567.8", "US", "decimals"),
        ("+49 170 1234567\u00b78", "US", "more than one number"),
        ("6641234567.000", "AT", "read in two ways"),  # 13 digits are a number in Austria too
        ("+1 \u202b415 555 2671", "US", "one phone number in digits"),
        ("+1415\ufffd5552671", "US", "one phone number in digits"),  # a character was lost
        ("+1 415 555\n2671", "US", "one phone number in digits"),
        ("1.41556 E+10", "US", "spreadsheet has shortened"),
        ("1,41556E+10,0", "US", "spreadsheet has shortened"),
        ("1.4156\u00d710\u00b9\u2070", "US", "spreadsheet has shortened"),
        ("1.4156 x 10^10", "US", "spreadsheet has shortened"),
        ("########", "US", "spreadsheet shows an error"),
        ("#NAME?", "US", "spreadsheet shows an error"),
        ("+49491701234567", "US", "country code appears twice"),
        ("+49 49 170 1234567", "US", "country code appears twice"),
        ("15712345678", "DE", "read in two ways"),  # 0157 12345678, or +1 571 234 5678
        ("3906123456", "IT", "read in two ways"),  # a mobile, or a line in Rome without its +
        ("447911123456", "US", "start with \\+"),
        ("1 55 1234 5678", "MX", "start with \\+"),
        ("+55 11 9876-5432", "US", "No such number"),  # a mobile that lacks a digit
        ("+225 07 12 34 56", "US", "too short"),
    ],
)
def test_a_phone_number_that_could_also_be_another_persons_is_refused(
    raw: str, country: str, reason: str
) -> None:
    with pytest.raises(InvalidPhone, match=reason):
        normalise(raw, country)


@pytest.mark.parametrize(
    "raw", ["41.5555.2671", "4155552.671", "415555267.1", "+1415555267.0", "4-155552671"]
)
def test_the_fast_path_leaves_digits_in_unusual_groups_to_the_full_parser(raw: str) -> None:
    assert normalise_us_fast(raw) is None


COUNTRIES = ["US", "DE", "GB", "FR", "IT", "AT", "IN", "RU", "BR", "MX", "AR", "AU", "ZA", "ES"]
SHAPES = [
    *("{}.000", "{}\u00b78", "{},000", "={}"),
    *("{}", "+{}", "00{}", "0{}", "'{}", "{}.0", "{},0", "{}.5", "{}/8", "{}-8", "{} 8", "{};8"),
    *("{} ext 5", "{}x5", "{}E+10", "{0} {0}", "{0}/{0}", "+1{}", "+440{}", "1 {}", "({})"),
]


def national_numbers() -> st.SearchStrategy[str]:
    """Return digits as in valid numbers of many countries, with and without their calling codes."""
    numbers = []
    for country in COUNTRIES:
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
            example = phonenumbers.example_number_for_type(country, kind)
            if example is not None:
                national = phonenumbers.national_significant_number(example)
                numbers += [national, f"{example.country_code}{national}"]
    return st.sampled_from(numbers) | st.from_regex(r"\A[0-9]{8,13}\Z")


# What people may put before the significant digits of a number: dialling prefixes, calling codes,
# trunk prefixes, and the digits that numbering plans have added (servicekit/phone_lines.py).
PREFIX = re.compile(r"(?:00|011|810|0011|00\d\d)?(?:{code})?(?:{trunk}|{code})?(?:0\d\d|90|15)?")
LISTED = ("52", "54", "55", "225", "229")


def explains(typed: str, e164: str) -> bool:
    """Tell whether the phone number ``e164`` consists of the digits typed, except for a prefix."""
    number = phonenumbers.parse(e164)
    national, code = phonenumbers.national_significant_number(number), str(number.country_code)
    if code in LISTED:
        return typed.endswith(national[-8:])
    country = phonenumbers.region_code_for_number(number) or "US"
    metadata = PhoneMetadata.metadata_for_region(country)
    trunk = (metadata.national_prefix if metadata else None) or "0"
    before = PREFIX.pattern.format(code=code, trunk=trunk) if typed.endswith(national) else r"(?!)"
    return re.fullmatch(before, typed.removesuffix(national)) is not None


@settings(max_examples=100)
@given(national_numbers(), st.sampled_from(SHAPES), st.sampled_from(COUNTRIES))
def test_no_digit_is_ever_added_dropped_or_guessed(digits: str, shape: str, country: str) -> None:
    raw = shape.format(digits)
    try:
        e164 = normalise(raw, country).e164
    except InvalidPhone:
        return
    typed = re.sub(r"\D", "", re.sub(r"[.,]0+$", "", raw))
    assert explains(typed, e164), f"{raw!r} in {country} became {e164}"
