"""Check whether a bundle has everything that its policy requires."""

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.twilio.a2p.models import A2P_POLICY, SECONDARY_POLICY, Bundle, Entity
from simulator.twilio.a2p.state import A2p

MISSING_END_USER, MISSING_FIELD, MISSING_DOCUMENT = 22214, 22215, 22216
BUSINESS = (
    *("business_name", "business_identity", "business_type", "business_industry"),
    *("business_registration_identifier", "business_registration_number"),
    *("business_regions_of_operation", "website_url"),
)
REPRESENTATIVE = (
    *("first_name", "last_name", "email", "phone_number", "business_title", "job_position"),
)
NEEDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    SECONDARY_POLICY: {
        "customer_profile_business_information": BUSINESS,
        "authorized_representative_1": REPRESENTATIVE,
        "customer_profile_address": ("address_sids",),
    },
    A2P_POLICY: {
        "us_a2p_messaging_profile_information": ("company_type",),
    },
}
STOCK_FIELDS = ("stock_exchange", "stock_ticker")


def evaluate(a2p: A2p, bundle: Bundle) -> list[dict[str, Any]]:
    """Return whether the bundle meets each requirement of its policy, as an evaluation lists it."""
    given = {entity.type: entity for entity in a2p.entities_of(bundle)}
    results = [
        _result(kind, given.get(kind), fields)
        for kind, fields in NEEDS.get(bundle.policy_sid, {}).items()
    ]
    assigned = {assignment["object_sid"][:2] for assignment in bundle.assignments}
    return [*results, _profile_result("BU" in assigned)]


def _result(kind: str, entity: Entity | None, fields: Sequence[str]) -> dict[str, Any]:
    if entity is None:
        is_document = kind == "customer_profile_address"
        absent = MISSING_DOCUMENT if is_document else MISSING_END_USER
        return _requirement(kind, f"A {kind} is missing.", absent, [], [])
    attributes = entity.attributes
    if attributes.get("company_type") == "public":
        fields = (*fields, *STOCK_FIELDS)
    invalid = [name for name in fields if not attributes.get(name)]
    reason = f"{kind} lacks {', '.join(invalid)}." if invalid else None
    code = MISSING_FIELD if invalid else None
    valid = [name for name in fields if name not in invalid]
    return _requirement(kind, reason, code, valid, invalid)


def _profile_result(has_profile: bool) -> dict[str, Any]:
    if has_profile:
        return _requirement("customer_profile", None, None, ["customer_profile_sid"], [])
    reason = "A customer profile is not assigned."
    return _requirement("customer_profile", reason, MISSING_END_USER, [], [])


def _requirement(
    kind: str, reason: str | None, code: int | None, valid: list[str], invalid: list[str]
) -> dict[str, Any]:
    return {
        "friendly_name": kind.replace("_", " ").capitalize(),
        "object_type": kind,
        "requirement_friendly_name": kind.replace("_", " ").capitalize(),
        "requirement_name": kind,
        "passed": code is None,
        "failure_reason": reason,
        "error_code": code,
        "valid": [_field(name, None) for name in valid],
        "invalid": [_field(name, MISSING_FIELD) for name in invalid],
    }


def _field(name: str, code: int | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "friendly_name": name.replace("_", " ").capitalize(),
        "object_field": name,
        "passed": code is None,
    }
    if code is not None:
        shown |= {"failure_reason": f"{name} is missing.", "error_code": code}
    return shown
