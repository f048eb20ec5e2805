"""An incoming text, made of what the provider tells of it. Nothing in it makes it be refused."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from servicekit.text import storable
from services.messaging.inbox.domain.attachments import (
    NO_ATTACHMENTS,
    Attachments,
    attachments_of,
    count_in,
)
from services.messaging.inbox.domain.senders import Sender, sender_of

MAX_BODY = 10_000
"""Characters that are kept of a text. Twilio's limit is 1,600."""

_MAX_TO = 320
_MAX_SEGMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Inbound:
    """An incoming text.

    ``received_at`` is when we heard of it, by our own clock, or the provider's time where the text
    was polled. ``said_at`` is the provider's time, where it is known. ``opt_out_type`` is what the
    provider took the text for.
    """

    provider_sid: str
    sender: Sender
    to: str
    body: str
    segments: int
    received_at: datetime
    said_at: datetime | None = None
    opt_out_type: str = ""
    attachments: Attachments = NO_ATTACHMENTS

    @property
    def preview(self) -> str:
        """What a list of conversations shows of it."""
        return self.body if self.body.strip() else self.attachments.words


def inbound_of(form: Mapping[str, str], received_at: datetime) -> Inbound:
    """Return the text of an incoming webhook's form."""
    return Inbound(
        provider_sid=form.get("MessageSid") or form.get("SmsMessageSid") or form["SmsSid"],
        sender=sender_of(form.get("From", "")),
        to=storable(form.get("To", ""))[:_MAX_TO],
        body=body_of(form.get("Body", "")),
        segments=segments_in(form.get("NumSegments")),
        received_at=received_at,
        opt_out_type=form.get("OptOutType", ""),
        attachments=attachments_of(form),
    )


def body_of(text: object) -> str:
    """Return as much of a text as is kept, composed (NFC) so that a search finds its words."""
    kept = storable(str(text if text is not None else ""))
    return unicodedata.normalize("NFC", kept)[:MAX_BODY]


def segments_in(value: object) -> int:
    """Return the number of segments that a provider names, at least 1."""
    return max(1, count_in(value, _MAX_SEGMENTS))
