"""Find the decision of Twilio that counts for a registration, which is the newest one.

Decisions come from polling and from events, which are unordered and may be repeated. Twilio's
statuses are those of Twilio's BrandRegistrations and UsAppToPerson resources.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_BRAND = {
    "PENDING": "pending",
    "IN_REVIEW": "pending",
    "APPROVED": "approved",
    "FAILED": "failed",
    "SUSPENDED": "suspended",
}
_CAMPAIGN = {
    "PENDING": "pending",
    "IN_PROGRESS": "pending",
    "VERIFIED": "approved",
    "FAILED": "failed",
    "SUSPENDED": "suspended",
}
# If two decisions have the same time, the more severe one counts.
_SEVERITY = {"approved": 1, "failed": 2, "suspended": 3}


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for a rejection, as Twilio states it.

    ``fields``: Twilio's names of the fields at fault.
    """

    code: int | None
    text: str
    fields: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """A decision of Twilio on a registration. ``status`` is one of ours, not Twilio's."""

    status: str
    decided_at: datetime
    reasons: Sequence[Reason] = ()
    identity_status: str | None = None


def code_of(value: object) -> int | None:
    """Return a value from Twilio as an error code, or None if it is not one."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def brand_status(twilio_status: str) -> str | None:
    """Return our status for Twilio's status of a brand, or None if there is no equivalent."""
    return _BRAND.get(twilio_status.upper())


def campaign_status(twilio_status: str) -> str | None:
    """Return our status for Twilio's status of a campaign, or None if there is no equivalent."""
    return _CAMPAIGN.get(twilio_status.upper())


def supersedes(status: str, decided_at: datetime, decision: ReviewDecision) -> bool:
    """Tell whether a new decision replaces ``status``, which was decided at ``decided_at``.

    "Pending" never replaces a decision. After a submission, ``decided_at`` is the time of the
    submission. So an older decision, which is about an earlier attempt, is ignored.
    """
    new = _SEVERITY.get(decision.status)
    if new is None or decision.decided_at < decided_at:
        return False
    return decision.decided_at > decided_at or new > _SEVERITY.get(status, 0)
