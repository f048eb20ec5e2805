"""A webhook: what a provider sent, once its signature was found good."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from servicekit.bus import subjects
from servicekit.ids import new_id


class Source(StrEnum):
    """Which of our addresses was called."""

    TWILIO_INCOMING = "twilio_incoming"
    TWILIO_STATUS = "twilio_status"
    TWILIO_COMPLIANCE = "twilio_compliance"
    STRIPE = "stripe"


SUBJECTS = {
    Source.TWILIO_INCOMING: subjects.TWILIO_INCOMING_WEBHOOK,
    Source.TWILIO_STATUS: subjects.TWILIO_STATUS_WEBHOOK,
    Source.TWILIO_COMPLIANCE: subjects.TWILIO_COMPLIANCE_WEBHOOK,
    Source.STRIPE: subjects.STRIPE_WEBHOOK,
}
"""The bus subject on which each source's webhooks go out."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One event that a provider told of.

    ``external_id`` is made of signed content alone and names the event, so that a repeat of it is
    recognised. ``payload`` is the body as it came; of a batch of events, this event alone.
    ``message_id`` is the id in the callback's path. ``form`` holds a form's fields where they have
    been read already.
    """

    source: Source
    external_id: str
    payload: bytes
    signature: str
    org_id: UUID | None = None
    message_id: UUID | None = None
    id: UUID = field(default_factory=new_id)
    form: Mapping[str, str] | None = None
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def is_form(self) -> bool:
        """Whether the payload is a form; else it is one JSON object."""
        if self.source is Source.TWILIO_COMPLIANCE:  # Twilio sends these both ways
            return not self.payload.startswith(b"{")
        return self.source is not Source.STRIPE


def digest_of(*parts: str) -> str:
    """An external id made of several ``parts``, none of which contains NUL."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
