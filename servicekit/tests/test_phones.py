"""Which phone numbers are accepted as recipients. The fast path must give the same results."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from servicekit.phones import (
    InvalidPhone,
    Phone,
    PhoneKind,
    calling_prefix,
    country_of,
    is_e164,
    mask,
    normalise,
    normalise_us_fast,
)


@pytest.mark.parametrize(
    ("raw", "phone"),
    [
        ("+14155552671", Phone("+14155552671", "US", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+12025550123", Phone("+12025550123", "US", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+14155550100", Phone("+14155550100", "US", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+14168675309", Phone("+14168675309", "CA", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+18762345678", Phone("+18762345678", "JM", PhoneKind.MOBILE)),
        ("+17872345678", Phone("+17872345678", "PR", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+16712345678", Phone("+16712345678", "GU", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+19075551234", Phone("+19075551234", "US", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+12085551234", Phone("+12085551234", "US", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+16055551234", Phone("+16055551234", "US", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+18502345678", Phone("+18502345678", "US", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+18505551234", Phone("+18505551234", "US", PhoneKind.FIXED_LINE_OR_MOBILE)),
        ("+447911123456", Phone("+447911123456", "GG", PhoneKind.MOBILE)),
        ("+442079460018", Phone("+442079460018", "GB", PhoneKind.FIXED_LINE)),
        ("+445612345678", Phone("+445612345678", "GB", PhoneKind.VOIP)),
    ],
)
def test_a_valid_number_keeps_its_form_and_gets_its_own_country(raw: str, phone: Phone) -> None:
    assert normalise(raw) == phone
    assert country_of(raw) == phone.country


@pytest.mark.parametrize(
    "raw",
    [
        "14155552671",
        "4155552671",
        "415-555-2671",
        "(415) 555-2671",
        "415.555.2671",
        "+1 415 555 2671",
        "(+1) 415 555 2671",
        "  +14155552671\r\n",
        "415\u2011555\u20112671",
        "415\u00a0555\u00a02671",
        "+14155552671\u202c",
        "\u202a+14155552671\u202c ",
        "\ufeff+14155552671",
        "tel:+14155552671",
        "TEL:+1-415-555-2671",
    ],
)
def test_all_ways_of_writing_a_number_give_the_same_number(raw: str) -> None:
    assert normalise(raw).e164 == "+14155552671"


def test_a_national_number_is_read_in_the_default_country() -> None:
    assert normalise("011 44 7911 123456", "US").e164 == "+447911123456"
    assert normalise("07911 123456", "GB").e164 == "+447911123456"
    assert normalise("+44 (0)20 7946 0018", "US").e164 == "+442079460018"


@pytest.mark.parametrize("default_country", ["", "ZZ"])
def test_without_a_known_country_the_calling_code_is_required(default_country: str) -> None:
    assert normalise("+14155552671", default_country).e164 == "+14155552671"
    with pytest.raises(InvalidPhone, match="Start with \\+ and the country code"):
        normalise("14155552671", default_country)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "Enter a phone number"),
        ("   ", "Enter a phone number"),
        ("+", "Enter a phone number"),
        ("()-", "Enter a phone number"),
        ("abc", "can't contain letters"),
        ("1-800-FLOWERS", "can't contain letters"),
        ("whatsapp:+14155552671", "can't contain letters"),
        ("415-555-2671 or +1 415 555 2672", "can't contain letters"),
        ("+14155552671;DROP", "can't contain letters"),
        ("1.4155552671E+10", "spreadsheet has shortened"),
        ("4.9170123E+11", "spreadsheet has shortened"),
        ("+4917012345.67", "with decimals"),
        ("447911123456", "start with \\+ and the country code"),
        ("+1415555267.0", "too short"),
        ("415-555-2671 / 415-555-2672", "more than one number"),
        ("+1\uff14155552671", "digits 0 to 9"),
        ("+1415555267\u0661", "digits 0 to 9"),
        ("+1415555267\u00b2", "digits 0 to 9"),
        ("+1 415-555-2671 ext 5", "Extensions"),
        ("+14155552671x5", "Extensions"),
        ("+14155552671 #5", "Extensions"),
        ("+14155552671,,5", "one phone number in digits"),
        ("+14155552671;ext=5", "Extensions"),
        ("++14155552671", "one phone number in digits"),
        ("1+4155552671", "one phone number in digits"),
        ("+1415\x005552671", "one phone number in digits"),
        ("+1415\u202e5552671", "one phone number in digits"),
        ("+1415555267100000", "too long"),
        ("+1415555267", "too short"),
        ("7", "too short"),
        ("+" + "1" * 40, "at most 40 characters"),
        ("5551234", "area code is missing"),
        ("32665", "Short codes"),
        ("911", "Short codes"),
        ("+15558675310", "No such number"),
        ("+18225551234", "No such number"),
        ("+17005551234", "No such number"),
        ("+12001234567", "No such number"),
        ("+11234567890", "No such number"),
        ("+14150552671", "No such number"),
        ("+14151552671", "No such number"),
        ("+999123456789", "country code is missing or unknown"),
        ("+18005551212", "toll free"),
        ("+18335551234", "toll free"),
        ("+15005550006", "personal number"),
        ("+19005551234", "premium rate"),
        ("+448432345678", "premium rate"),
        ("+4918012345", "shared cost"),
        ("+49177991234567", "voicemail"),
        ("+443012345678", "uan"),
        ("+447640123456", "pager"),
        ("+881612345678", "Satellite"),
        ("+870773111632", "Satellite"),
        ("+80012345678", "Satellite"),
    ],
)
def test_a_number_that_cannot_be_texted_is_refused_with_advice(raw: str, reason: str) -> None:
    with pytest.raises(InvalidPhone, match=reason) as caught:
        normalise(raw)
    assert caught.value.message == str(caught.value)
    assert len(raw) < 4 or raw not in caught.value.message


TEN_DIGITS = st.from_regex(r"\A[2-9][0-9]{2}[2-9][0-9]{6}\Z")
DIGITS = TEN_DIGITS | st.from_regex(r"\A[0-9]{9,11}\Z")
SHAPES = st.sampled_from(
    [
        "{}",
        "1{}",
        "+1{}",
        "+{}",
        " {} ",
        "+1 ({0:.3}) {0:.7}",
        "({}",
        "1+{}",
        "++1{}",
        "{}x",
        "{}\n",
        "\u202a{}",
        "tel:{}",
    ]
)


def by_the_library(raw: str) -> str | None:
    try:
        return normalise(raw).e164
    except InvalidPhone:
        return None


@given(st.builds(lambda shape, digits: shape.format(digits), SHAPES, DIGITS) | st.text(max_size=45))
@example("4155552671" + " " * 31)
@example("\uff14155552671")
@example("415555267\u0661")
@example("+18005551212")
@example("+19835552671")
@example("3101234")
def test_the_fast_path_returns_what_the_phonenumbers_library_returns(raw: str) -> None:
    fast = normalise_us_fast(raw)
    assert fast is None or fast == by_the_library(raw)


@given(TEN_DIGITS, st.sampled_from(["{}", "1{}", "+1{}"]))
def test_the_fast_path_parses_every_us_phone_number_without_formatting(
    digits: str, shape: str
) -> None:
    raw = shape.format(digits)
    slow = by_the_library(raw)
    if slow is not None and country_of(slow) == "US":
        assert normalise_us_fast(raw) == slow


@pytest.mark.parametrize(
    "raw", ["+14155552671", "14155552671", "4155552671", "(415) 555-2671", "415-555-2671"]
)
def test_the_fast_path_parses_the_common_formats_of_phone_numbers(raw: str) -> None:
    assert normalise_us_fast(raw) == "+14155552671"


@pytest.mark.parametrize(
    "raw", ["+18005551212", "+447911123456", "+17872345678", "+15558675310", "5551234", ""]
)
def test_the_fast_path_leaves_all_other_input_to_the_full_parser(raw: str) -> None:
    assert normalise_us_fast(raw) is None


def test_the_country_of_a_number_that_cannot_be_texted_is_returned_too() -> None:
    assert country_of("+18005551212") == "US"
    assert country_of("+19005551234") == "US"


def test_several_countries_can_share_a_calling_prefix() -> None:
    assert calling_prefix("GB") == "+44"
    assert calling_prefix("US") == calling_prefix("CA") == calling_prefix("PR") == "+1"


@pytest.mark.parametrize("e164", ["4155552671", "+15558675310", "+881612345678", "32665", ""])
def test_a_number_that_belongs_to_no_country_is_an_error(e164: str) -> None:
    with pytest.raises(InvalidPhone):
        country_of(e164)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+14155552671", True),
        ("+6834000", True),
        ("+123456789012345", True),
        ("+1234567890123456", False),
        ("+123456", False),
        ("+04155552671", False),
        ("14155552671", False),
        ("+1415555267\u0661", False),
        ("+14155552671\n", False),
        ("+1 4155552671", False),
        ("", False),
    ],
)
def test_e164_is_a_plus_and_7_to_15_digits(text: str, expected: bool) -> None:
    assert is_e164(text) is expected


@pytest.mark.parametrize(
    ("e164", "masked"),
    [
        ("+14155552671", "+1415***2671"),
        ("+447911123456", "+4479***3456"),
        ("+6834000", "+68***00"),
        ("+37060112345", "+3706***2345"),
        ("32665", "***"),
        ("secret", "***"),
    ],
)
def test_a_masked_number_shows_its_area_and_last_digits(e164: str, masked: str) -> None:
    assert mask(e164) == masked


@given(st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z"))
def test_masking_always_hides_at_least_three_digits(e164: str) -> None:
    head, _, tail = mask(e164).partition("***")
    assert e164.startswith(head)
    assert e164.endswith(tail)
    assert len(e164) - len(head) - len(tail) >= 3


def test_masking_does_not_import_the_phonenumbers_library() -> None:
    program = (
        "import sys; from servicekit.phones import mask; mask('+14155552671'); "
        "sys.exit('phonenumbers' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=root)  # noqa: S603 - constant
