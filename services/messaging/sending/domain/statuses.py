"""How a message's status moves: forward only, whatever order the provider's word comes in.

Sources: Twilio's guide "Outbound message status in status callbacks"; callbacks are neither
ordered nor delivered once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

# Twilio's word -> ours. What is not here is recorded and moves nothing.
_FROM_TWILIO = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "partially_delivered": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}

# As status_rank() of the migrations.
_RANK = {"pending": 0, "sending": 1, "unknown": 2, "queued": 3, "sent": 4}
_FINAL = 5

# The provider has, or had, a message with one of these.
_TAKEN = frozenset(("queued", "sent", "delivered", "undelivered"))

OPTED_OUT = 21610
"""Twilio's error code for a recipient that has opted out."""


@dataclass(frozen=True, slots=True)
class Report:
    """The provider's word on a message. ``status`` is ours, None where it moves nothing."""

    message_id: UUID
    status: str | None
    error_code: int | None
    provider_sid: str | None
    from_number: str | None


def from_twilio(word: str) -> str | None:
    """Our status for Twilio's ``word``; None for a word that says nothing to us."""
    return _FROM_TWILIO.get(word.lower())


def rank(status: str) -> int:
    """How far a message with ``status`` has come; the final ones are equal."""
    return _RANK.get(status, _FINAL)


def happened(was: str | None, now: str | None) -> Sequence[str]:
    """What a move from one status to another adds to the running counts of usage."""
    if now is None or was == now:
        return ()
    counted = ["sent"] if now in _TAKEN and was not in _TAKEN else []
    if now == "delivered":
        counted.append("delivered")
    elif now in ("failed", "undelivered"):
        counted.append("failed")
    return counted


def furthest(reports: Iterable[Report]) -> dict[UUID, Report]:
    """The report that decides for each message: the highest rank, the first among equals.

    Applying the result alone leaves a message as applying all of them in turn would.
    """
    decisive: dict[UUID, Report] = {}
    for report in reports:
        known = decisive.get(report.message_id)
        if known is None or _rank_of(report) > _rank_of(known):
            decisive[report.message_id] = report
    return decisive


def _rank_of(report: Report) -> int:
    return rank(report.status) if report.status else -1
