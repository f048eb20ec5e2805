"""The form that registers an A2P campaign: what an organisation sends, and why.

Source: Twilio's UsAppToPerson resource (fields, lengths, use cases).
"""

import re
from collections.abc import Sequence
from typing import Any

from services.messaging.registration.domain.forms import (
    Details,
    Form,
    Rule,
    length,
    one_of,
    optional,
    web_address,
)

USE_CASES = (
    *("2fa", "account_notification", "agents_franchises", "charity", "proxy", "customer_care"),
    *("delivery_notification", "emergency", "fraud_alert", "higher_education", "k12_education"),
    *("low_volume", "marketing", "mixed", "political", "polling_voting"),
    *("public_service_announcement", "security_alert", "social", "sweepstake"),
)

_SAMPLES = range(2, 6)
_SAMPLE_LENGTH = length(20, 1024)
_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(com|net|org|io|co|us|info)\b", re.IGNORECASE)
_PHONE = re.compile(r"\+?\d[\d\s().-]{8,}\d")


def _samples(samples: Sequence[str]) -> str | None:
    if len(samples) not in _SAMPLES:
        return f"has {len(samples)} messages; it must have 2 to 5"
    for number, sample in enumerate(samples, 1):
        fault = _SAMPLE_LENGTH(sample)
        if fault:
            return f"message {number} {fault}"
    return None


CAMPAIGN_FORM = Form(
    "campaign",
    (
        Rule(("use_case",), one_of(USE_CASES)),
        Rule(("sample_messages",), _samples),
        Rule(("opt_in_desc",), length(40, 2048)),
        Rule(("description",), length(40, 4096), optional),
        Rule(("privacy_policy_url",), web_address, optional),
        Rule(("terms_url",), web_address, optional),
    ),
)


def complete_campaign(details: Details, legal_name: str) -> dict[str, Any]:
    """Return checked details in full.

    Absent fields are derived from other fields and the brand's name.
    """
    use_case, samples = details["use_case"].lower(), details["sample_messages"]
    words = use_case.replace("_", " ")
    return {
        "description": f"{legal_name} sends {words} messages to people who agreed to receive them.",
        "has_embedded_links": any(_LINK.search(sample) for sample in samples),
        "has_embedded_phone": any(_PHONE.search(sample) for sample in samples),
        "age_gated": False,
        "direct_lending": False,
        **{name: value for name, value in details.items() if value not in ("", None)},
        "use_case": use_case,
    }
