"""Read Twilio's compliance events about brands and A2P campaigns.

Source: Twilio's guide to Event Streams for A2P 10DLC. Data keys are lowercase without separators.
Both schema versions are understood; unknown events are ignored.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.messaging.registration.domain.reviews import Reason, ReviewDecision, code_of

_PREFIX = "com.twilio.messaging.compliance."

EVENT_TYPES = tuple(
    f"{_PREFIX}{group}.{name}"
    for group, names in (
        (
            "brand-registration",
            (
                *("brand-registered", "brand-failure", "brand-verified", "brand-unverified"),
                *("brand-vetted-verified", "brand-secondary-vetting-failure"),
            ),
        ),
        (
            "campaign-registration",
            ("campaign-submitted", "campaign-approved", "campaign-failure"),
        ),
        ("number-registration", ("pending", "successful", "failed")),
    )
    for name in names
)
"""The types of Twilio's events to which an organisation's account is subscribed."""

# Key: the last part of an event type. Value: our status.
_BRAND = {
    "brand-failure": "failed",
    "brand-unverified": "failed",
    "brand-verified": "approved",
    "brand-vetted-verified": "approved",
}
_CAMPAIGN = {"campaign-approved": "approved", "campaign-failure": "failed"}
_TIMES = ("updateddate", "timestamp", "createddate")


@dataclass(frozen=True, slots=True)
class ComplianceUpdate:
    """A decision on a brand, or on the A2P campaign of a messaging service."""

    brand_sid: str | None
    messaging_service_sid: str | None
    decision: ReviewDecision


def read_event(event: Mapping[str, Any]) -> ComplianceUpdate | None:
    """Return the decision in an event. None if the event contains no decision."""
    _, _, name = str(event.get("type", "")).rpartition(".")
    data = event.get("data")
    decided_at = _decided_at(event, data) if isinstance(data, Mapping) else None
    if decided_at is None or not isinstance(data, Mapping):
        return None
    if name in _BRAND:
        identity = data.get("identitystatus")
        reasons = list(_reasons(data)) if _BRAND[name] == "failed" else []
        decision = ReviewDecision(
            _BRAND[name], decided_at, reasons, str(identity) if identity else None
        )
        return ComplianceUpdate(str(data.get("brandsid", "")), None, decision)
    if name in _CAMPAIGN:
        reasons = list(_reasons(data)) if _CAMPAIGN[name] == "failed" else []
        decision = ReviewDecision(_CAMPAIGN[name], decided_at, reasons)
        return ComplianceUpdate(None, str(data.get("messagingservicesid", "")), decision)
    return None


def _decided_at(event: Mapping[str, Any], data: Mapping[str, Any]) -> datetime | None:
    """Return the time of the decision: from milliseconds in the data, or the time of the event."""
    for name in _TIMES:
        milliseconds = data.get(name)
        if isinstance(milliseconds, int) and 0 < milliseconds < 10**14:
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
    try:
        decided_at = datetime.fromisoformat(str(event.get("time", "")))
    except ValueError:
        return None
    return decided_at if decided_at.tzinfo else decided_at.replace(tzinfo=UTC)


def _reasons(data: Mapping[str, Any]) -> Iterator[Reason]:
    for error in _listed(data.get("brandregistrationerrors")):
        fields = [str(f) for f in error.get("registrationerrorfields") or ()]
        yield Reason(
            code_of(error.get("registrationerrorcode")),
            str(error.get("registrationerrordescription") or ""),
            fields,
        )
    code = code_of(data.get("errorcode"))
    if code is not None:
        yield Reason(code, str(data.get("errordescription") or ""))


def _listed(value: object) -> Sequence[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
