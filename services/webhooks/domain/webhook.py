"""A webhook: an event that a provider sent with a valid signature."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from servicekit.bus import subjects
from servicekit.ids import new_id
from servicekit.telemetry import tracing


class Source(StrEnum):
    """The kind of webhook, one for each URL that providers call."""

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
"""The bus subject for webhooks of each source."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One event that a provider reported.

    `external_id` identifies the event, so that a repeated webhook is recognised. The id is made
    only from signed content. `payload` is the body as received, or this event alone if the body
    holds several events. `message_id` is the id in the callback's path. `form` holds the form's
    fields if they were parsed already. `traceparent` is the trace of the request, or of the job
    that publishes the webhook again.
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
    traceparent: str = field(default_factory=tracing.header)

    @property
    def is_form(self) -> bool:
        """Whether the payload is a form; otherwise it is one JSON object."""
        if self.source is Source.TWILIO_COMPLIANCE:  # Twilio sends some events as a form
            return not self.payload.startswith(b"{")
        return self.source is not Source.STRIPE


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of handling a webhook; `error` says why it failed."""

    success: bool
    error: str | None = None


def digest_of(*parts: str) -> str:
    """Return an external id made of `parts`, none of which contains NUL."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
