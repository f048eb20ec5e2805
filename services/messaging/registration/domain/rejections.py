"""Explain why a registration was rejected, and what to change. A JSON file contains the advice.

Sources: Twilio's error dictionary (30702-30902), its guide to troubleshooting A2P brands, and the
attributes that the evaluation of a customer profile names.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.messaging.common.domain.provider_errors import expand_codes, explain
from services.messaging.registration.domain.reviews import Reason

_DATA = Path(__file__).with_suffix(".json")

# Key: Twilio's name of a field. Value: our name.
_FIELDS = {
    "business_name": "legalName",
    "business_registration_number": "ein",
    "business_registration_identifier": "ein",
    "business_type": "businessType",
    "business_industry": "industry",
    "website_url": "website",
    "first_name": "contact.firstName",
    "last_name": "contact.lastName",
    "email": "contact.email",
    "phone_number": "contact.phone",
    "business_title": "contact.title",
    "job_position": "contact.jobPosition",
    "address_sids": "address",
    "company_type": "companyType",
    "stock_exchange": "stockExchange",
    "stock_ticker": "stockTicker",
    "brand_contact_email": "contact.email",
    "message_samples": "sampleMessages",
    "message_flow": "optInDesc",
    "description": "description",
    "usecase": "useCase",
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """The explanation of one reason for a rejection.

    ``fields``: the names in our contract of the fields to correct.
    """

    code: int | None
    message: str
    advice: str
    fields: Sequence[str]
    can_resubmit: bool


@dataclass(frozen=True, slots=True)
class _Advice:
    advice: str
    fields: Sequence[str]
    can_resubmit: bool


_GENERAL = _Advice(
    "Compare every detail with your official records, correct it and resubmit.", (), True
)


def explain_all(reasons: Iterable[Reason]) -> list[Rejection]:
    """Explain the reasons of a rejection. If there are none, return general advice."""
    return [_explain(reason) for reason in reasons] or [_explain(Reason(None, ""))]


def _explain(reason: Reason) -> Rejection:
    advice = _known().get(reason.code or 0, _GENERAL)
    known = explain(reason.code)
    message = reason.text or (known.description if known else "The registration was rejected.")
    named = [_FIELDS[f.lower()] for f in reason.fields if f.lower() in _FIELDS]
    return Rejection(
        reason.code, message, advice.advice, named or advice.fields, advice.can_resubmit
    )


@cache
def _known() -> Mapping[int, _Advice]:
    return {
        code: _Advice(entry["advice"], entry["fields"], entry.get("canResubmit", True))
        for entry in json.loads(_DATA.read_text("utf-8"))
        for code in expand_codes(entry["codes"])
    }
