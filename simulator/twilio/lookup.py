"""Lookup v2: whether a phone number is valid, and its line type."""

from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from simulator.edge import Call, Reply, json_reply
from simulator.twilio.models import TwilioAccount
from simulator.twilio.state import Twilio

PACKAGES = (
    "caller_name",
    "sim_swap",
    "call_forwarding",
    "line_status",
    "line_type_intelligence",
    "identity_match",
    "reassigned_number",
    "sms_pumping_risk",
    "phone_number_quality_score",
    "pre_fill",
)
REASONS = {
    ValidationResult.INVALID_COUNTRY_CODE: "INVALID_COUNTRY_CODE",
    ValidationResult.TOO_SHORT: "TOO_SHORT",
    ValidationResult.TOO_LONG: "TOO_LONG",
    ValidationResult.INVALID_LENGTH: "INVALID_LENGTH",
}
UNREADABLE = {
    NumberParseException.INVALID_COUNTRY_CODE: "INVALID_COUNTRY_CODE",
    NumberParseException.TOO_SHORT_AFTER_IDD: "TOO_SHORT",
    NumberParseException.TOO_SHORT_NSN: "TOO_SHORT",
    NumberParseException.TOO_LONG: "TOO_LONG",
}
LINE_TYPES = {
    PhoneNumberType.TOLL_FREE: "tollFree",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "sharedCost",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
}
LANDLINE_SUFFIX = "3006"


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return a phone number, formatted and validated. The status is 200 for an invalid number too.

    `line_type_intelligence` is filled in if `Fields` asks for it. Numbers that end in 3006 are
    landlines, because texts to them fail with 30006.
    """
    asked = call.match["number"]
    region = call.query.get("CountryCode") or "US"
    fields = call.query.get("Fields").split(",")
    try:
        parsed = phonenumbers.parse(asked, region)
    except NumberParseException as error:
        problem = UNREADABLE.get(error.error_type, "NOT_A_NUMBER")
        return json_reply(_view(call, None, asked, [problem]))
    number = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    shown = _view(call, parsed, number, _problems(parsed))
    if "line_type_intelligence" in fields:
        shown["line_type_intelligence"] = _line_type(parsed, number)
    return json_reply(shown)


def _problems(parsed: phonenumbers.PhoneNumber) -> list[str]:
    if phonenumbers.is_valid_number(parsed):
        return []
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return [REASONS.get(reason, "INVALID_BUT_POSSIBLE")]


def _view(
    call: Call, parsed: phonenumbers.PhoneNumber | None, number: str, problems: list[str]
) -> dict[str, Any]:
    national = phonenumbers.PhoneNumberFormat.NATIONAL
    return {
        "calling_country_code": str(parsed.country_code) if parsed else None,
        "country_code": phonenumbers.region_code_for_number(parsed) if parsed else None,
        "phone_number": number,
        "national_format": phonenumbers.format_number(parsed, national) if parsed else None,
        "valid": not problems,
        "validation_errors": problems,
        **dict.fromkeys(PACKAGES),
        "url": f"{call.base_url}/{call.host}/v2/PhoneNumbers/{number}",
    }


def _line_type(parsed: phonenumbers.PhoneNumber, number: str) -> dict[str, Any]:
    kind = LINE_TYPES.get(phonenumbers.number_type(parsed), "mobile")
    if number.endswith(LANDLINE_SUFFIX):
        kind = "landline"
    return {
        "type": kind,
        "carrier_name": "Simulated Carrier",
        "mobile_country_code": "310",
        "mobile_network_code": "000",
        "error_code": None,
    }
