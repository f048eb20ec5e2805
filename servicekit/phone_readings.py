"""Find the one number that a person can mean by some digits, or explain why that is not certain.

Digits without a plus can be a national number or an international number that has lost its plus.
Spreadsheets remove both the plus and leading zeros. The library reads the digits in only one way.
Here all ways are tried, and if they give different numbers, the input is refused.

Import this module only where numbers are read, because ``phonenumbers`` takes 50 ms to load.
"""

import re
from functools import cache

import phonenumbers
from phonenumbers import (
    CountryCodeSource,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberType,
    ValidationResult,
)

from servicekit.phone_lines import CODES, UNMISTAKABLE, standard_form
from servicekit.phone_text import InvalidPhone, all_digits_of, dialled, tail_of
from servicekit.phones import is_mobile, parsed, to_e164

_LONGEST = 15
"""Maximum digits of a phone number, with its country code (ITU-T E.164)."""
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_UNSURE = (
    "This number can be read in two ways. Start with + and the country code, as in +14155550100."
)
_TWO_NUMBERS = "This is more than one number, or has an extension. Enter one number."


def read(raw: str, country: str) -> PhoneNumber:
    """Return the valid phone number that ``raw`` means in ``country``.

    A number that can be written in several ways is always returned in the same form.

    Raises:
        InvalidPhone: ``raw`` is not a number, or may be one of several.
    """
    digits = dialled(raw)
    number = _with_plus(digits) if digits[0] == "+" else _without_plus(digits, country)
    if number is None:
        raise InvalidPhone(_why_not(raw, digits, country))
    number = _of_one_line(number)
    _refuse_doubled_code(number)
    _refuse_tail(raw, country)
    longer = all_digits_of(raw)
    if longer and _is_number(longer, country):
        raise InvalidPhone(_UNSURE)
    return number


def _is_number(digits: str, country: str) -> bool:
    if digits[0] == "+":
        return _with_plus(digits) is not None
    return _parsed_at_home(digits, country) is not None


def _with_plus(digits: str) -> PhoneNumber | None:
    return parsed(standard_form(digits, is_mobile, UNMISTAKABLE))


def _without_plus(digits: str, country: str) -> PhoneNumber | None:
    at_home = _parsed_at_home(digits, country)
    abroad = None if digits[0] == "0" else _with_plus(f"+{digits}")
    if at_home is None:
        return _only_elsewhere(digits, country, abroad)
    source = at_home.country_code_source
    if source != CountryCodeSource.FROM_DEFAULT_COUNTRY or abroad is None:
        return at_home
    if to_e164(_of_one_line(abroad)) == to_e164(_of_one_line(at_home)):
        return at_home
    irregular = _lacks_trunk_prefix(at_home, digits, country)
    if abroad.country_code != at_home.country_code:
        if irregular:
            raise InvalidPhone(_UNSURE)
        return at_home
    if irregular and _is_mobile(abroad) and not _is_mobile(at_home):
        return abroad
    raise InvalidPhone(_UNSURE)


def _only_elsewhere(digits: str, country: str, abroad: PhoneNumber | None) -> PhoneNumber | None:
    """Return the foreign number that ``digits`` mean; None if they mean a number of ``country``."""
    code = phonenumbers.country_code_for_region(country)
    if digits.startswith("00"):
        return _with_plus(f"+{digits[2:]}")
    if not code:
        return None
    if abroad is not None:
        if abroad.country_code == code:
            return abroad
        raise InvalidPhone(
            "The number is too long or too short for your country. If it is a number of another"
            " country, start with + and the country code."
        )
    trunk = _metadata(country).national_prefix or ""
    return _with_plus(f"+{code}{digits}") or _with_plus(f"+{code}{digits.removeprefix(trunk)}")


def _parsed_at_home(digits: str, country: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(digits, country, keep_raw_input=True)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _of_one_line(number: PhoneNumber) -> PhoneNumber:
    if number.country_code not in CODES:
        return number
    return _with_plus(to_e164(number)) or number


def _is_mobile(number: PhoneNumber) -> bool:
    return is_mobile(to_e164(number))


def _lacks_trunk_prefix(number: PhoneNumber, digits: str, country: str) -> bool:
    """Tell whether ``digits`` lack the prefix that ``country`` puts before ``number``."""
    metadata = _metadata(country)
    trunk = metadata.national_prefix
    if not trunk or digits.startswith(trunk):
        return False
    national = phonenumbers.national_significant_number(number)
    for form in metadata.number_format:
        leading, pattern = form.leading_digits_pattern, form.pattern
        if leading and not re.match(leading[-1], national):
            continue
        if pattern and re.fullmatch(pattern, national):
            rule = form.national_prefix_formatting_rule
            return bool(
                rule and trunk in rule and not form.national_prefix_optional_when_formatting
            )
    return False


def _refuse_doubled_code(number: PhoneNumber) -> None:
    """Refuse a landline that may be a mobile whose country code was written twice."""
    code = str(number.country_code)
    national = phonenumbers.national_significant_number(number)
    if national.startswith(code) and phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE:
        shorter = parsed(f"+{national}")
        if shorter and phonenumbers.number_type(shorter) == PhoneNumberType.MOBILE:
            raise InvalidPhone(f"The country code appears twice. Enter +{code} once.")


def _refuse_tail(raw: str, country: str) -> None:
    """Refuse ``raw`` if it is also a valid number without the digits after its last separator."""
    tail = tail_of(raw)
    if tail is None:
        return
    try:
        head = read(tail.head, country)
    except InvalidPhone:
        return
    if not tail.of_mobiles or _is_mobile(head):
        raise InvalidPhone(_TWO_NUMBERS)


def _why_not(raw: str, digits: str, country: str) -> str:
    """Explain why ``digits``, written as ``raw``, are not a valid number."""
    if "/" in raw and len(digits) > _LONGEST:
        return _TWO_NUMBERS
    try:
        number = phonenumbers.parse(digits, country)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            return "The country code is missing or unknown. Start with + and the country code."
        return "The number is too short or too long. Check its digits."
    if _SHORT_CODE.fullmatch(digits):
        return "Short codes can't be texted. Enter a full number with its area code."
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return "The area code is missing. Enter the full number."
        case ValidationResult.TOO_SHORT:
            return "The number is too short. Check its digits."
        case ValidationResult.TOO_LONG:
            return "The number is too long. Enter one number, and check its country code."
        case _:
            return "No such number is in use. Check the area code and the digits."


@cache
def _metadata(country: str) -> PhoneMetadata:
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None:
        raise LookupError(f"phonenumbers has no metadata for {country}")
    return metadata
