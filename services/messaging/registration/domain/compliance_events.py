"""What Twilio's compliance events say of a brand or campaign.

Source: Twilio's guide to Event Streams for A2P 10DLC; data keys are lowercase and run together.
Values of both schema versions are understood, and what is not known says nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.messaging.registration.domain.reviews import Reason, Word, code_of

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
"""The types that an organisation's account is subscribed to."""

# The end of a type -> our status.
_BRAND = {
    "brand-failure": "failed",
    "brand-unverified": "failed",
    "brand-verified": "approved",
    "brand-vetted-verified": "approved",
}
_CAMPAIGN = {"campaign-approved": "approved", "campaign-failure": "failed"}
_TIMES = ("updateddate", "timestamp", "createddate")


@dataclass(frozen=True, slots=True)
class Told:
    """A word and what it is about: a brand by its id, or a campaign by its messaging service's."""

    brand_sid: str | None
    messaging_service_sid: str | None
    word: Word


def read(event: Mapping[str, Any]) -> Told | None:
    """What an event says; None where it decides nothing."""
    _, _, name = str(event.get("type", "")).rpartition(".")
    data = event.get("data")
    said_at = _said_at(event, data) if isinstance(data, Mapping) else None
    if said_at is None or not isinstance(data, Mapping):
        return None
    if name in _BRAND:
        identity = data.get("identitystatus")
        reasons = list(_reasons(data)) if _BRAND[name] == "failed" else []
        word = Word(_BRAND[name], said_at, reasons, str(identity) if identity else None)
        return Told(str(data.get("brandsid", "")), None, word)
    if name in _CAMPAIGN:
        reasons = list(_reasons(data)) if _CAMPAIGN[name] == "failed" else []
        word = Word(_CAMPAIGN[name], said_at, reasons)
        return Told(None, str(data.get("messagingservicesid", "")), word)
    return None


def _said_at(event: Mapping[str, Any], data: Mapping[str, Any]) -> datetime | None:
    """When it was said: milliseconds in the data, or the envelope's own time."""
    for name in _TIMES:
        milliseconds = data.get(name)
        if isinstance(milliseconds, int) and 0 < milliseconds < 10**14:
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
    try:
        said_at = datetime.fromisoformat(str(event.get("time", "")))
    except ValueError:
        return None
    return said_at if said_at.tzinfo else said_at.replace(tzinfo=UTC)


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
