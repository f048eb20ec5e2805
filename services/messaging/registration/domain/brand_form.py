"""The form that registers a business with the US carriers.

Source: Twilio's guide to A2P 10DLC onboarding for ISVs, and the fields that the evaluation of a
customer profile asks for (policy of secondary business profiles).
"""

import re
from typing import Any

from servicekit.phones import InvalidPhone, normalise
from services.messaging.registration.domain.forms import (
    Details,
    Form,
    Rule,
    length,
    one_of,
    optional,
    web_address,
)

BUSINESS_TYPES = ("partnership", "llc", "corporation", "cooperative", "llp", "non_profit")
COMPANY_TYPES = ("private", "public", "non_profit", "government")
JOB_POSITIONS = ("director", "gm", "vp", "ceo", "cfo", "general_counsel", "other")
INDUSTRIES = (
    *("automotive", "agriculture", "banking", "consumer", "education", "engineering", "energy"),
    *("oil_and_gas", "fast_moving_consumer_goods", "financial", "fintech", "food_and_beverage"),
    *("government", "healthcare", "hospitality", "insurance", "legal", "manufacturing", "media"),
    *("online", "raw_materials", "real_estate", "religion", "retail", "jewelry", "technology"),
    *("telecommunications", "transportation", "travel", "electronics", "not_for_profit"),
)

_EIN = re.compile(r"\d{2}-?\d{7}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_US_ZIP = re.compile(r"\d{5}(-?\d{4})?")
_COUNTRY = re.compile(r"[A-Za-z]{2}")


def _ein(value: str) -> str | None:
    return None if _EIN.fullmatch(value) else "must have nine digits, such as 12-3456789"


def _email(value: str) -> str | None:
    return None if _EMAIL.fullmatch(value) else "must be an email address"


def _phone(value: str) -> str | None:
    try:
        normalise(value)
    except InvalidPhone as error:
        return f"can't be used: {error.message}"
    return None


def _address(value: Details) -> str | None:
    """Check the state and the ZIP code of an address in the US.

    Returns the error as a text, or None.
    """
    if value.get("country", "US").upper() != "US":
        return None
    if value.get("region") and not re.fullmatch("[A-Za-z]{2}", value["region"]):
        return "needs a two-letter state, such as CA"
    if value.get("postal_code") and not _US_ZIP.fullmatch(value["postal_code"]):
        return "needs a ZIP code of five digits, or of five plus four"
    return None


def _country(value: str) -> str | None:
    return None if _COUNTRY.fullmatch(value) else "must be two letters, such as US"


def _is_public(details: Details) -> bool:
    return str(details.get("company_type", "")).lower() == "public"


BRAND_FORM = Form(
    "brand",
    (
        Rule(("legal_name",), length(2, 255)),
        Rule(("ein",), _ein),
        Rule(("address",), _address),
        Rule(("address", "street"), length(2, 200)),
        Rule(("address", "city"), length(2, 100)),
        Rule(("address", "region"), length(2, 100)),
        Rule(("address", "postal_code"), length(3, 20)),
        Rule(("address", "country"), _country, optional),
        Rule(("contact",), lambda _: None),
        Rule(("contact", "first_name"), length(1, 100)),
        Rule(("contact", "last_name"), length(1, 100)),
        Rule(("contact", "email"), _email),
        Rule(("contact", "phone"), _phone),
        Rule(("contact", "title"), length(1, 100), optional),
        Rule(("contact", "job_position"), one_of(JOB_POSITIONS), optional),
        Rule(("business_type",), one_of(BUSINESS_TYPES), optional),
        Rule(("industry",), one_of(INDUSTRIES), optional),
        Rule(("website",), web_address, optional),
        Rule(("company_type",), one_of(COMPANY_TYPES), optional),
        Rule(("stock_exchange",), length(2, 20), _is_public),
        Rule(("stock_ticker",), length(1, 20), _is_public),
    ),
)


def complete_brand(details: Details) -> dict[str, Any]:
    """Return checked details in a uniform format, with defaults for absent fields."""
    address, contact = details["address"], details["contact"]
    digits = details["ein"].replace("-", "")
    return {
        "business_type": "llc",
        "industry": "online",
        "website": f"https://{contact['email'].partition('@')[2]}",
        "company_type": "private",
        **{name: value for name, value in details.items() if value},
        "ein": f"{digits[:2]}-{digits[2:]}",
        "address": {**address, "country": (address.get("country") or "US").upper()},
        "contact": {
            "title": "Owner",
            "job_position": "other",
            **{name: value for name, value in contact.items() if value},
            "phone": normalise(contact["phone"]).e164,
        },
    }
