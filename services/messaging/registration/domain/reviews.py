"""How a registration's status moves: by the newest word of Twilio, whatever order words come in.

Sources: the statuses of Twilio's BrandRegistrations and UsAppToPerson resources. Words come from
events, which are neither ordered nor delivered once, and from asking.
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
# Of two words of the same moment the worse one stands.
_SEVERITY = {"approved": 1, "failed": 2, "suspended": 3}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a registration was rejected, as Twilio says it. ``fields``: Twilio's names of them."""

    code: int | None
    text: str
    fields: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """What Twilio says of a registration at ``said_at``. ``status`` is ours."""

    status: str
    said_at: datetime
    reasons: Sequence[Reason] = ()
    identity_status: str | None = None


def code_of(value: object) -> int | None:
    """A number or text of Twilio's as an error code; None where it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def brand_status(word: str) -> str | None:
    """Our status for Twilio's of a brand; None for one that says nothing to us."""
    return _BRAND.get(word.upper())


def campaign_status(word: str) -> str | None:
    """Our status for Twilio's of a campaign; None for one that says nothing to us."""
    return _CAMPAIGN.get(word.upper())


def moves(status: str, told_at: datetime, word: Word) -> bool:
    """Whether ``word`` changes a registration with ``status`` that stands on word of ``told_at``.

    A decision is taken back by a newer decision only, never by word that it is pending. What was
    said before the registration was submitted is about an attempt before.
    """
    new = _SEVERITY.get(word.status)
    if new is None or word.said_at < told_at:
        return False
    return word.said_at > told_at or new > _SEVERITY.get(status, 0)
