"""An incoming text, made of what the provider tells of it. Nothing in it makes it be refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from servicekit.text import storable
from services.messaging.common.domain.provider_fields import body_of, segments_in
from services.messaging.inbox.domain.attachments import (
    NO_ATTACHMENTS,
    Attachments,
    parse_attachments,
)
from services.messaging.inbox.domain.from_address import Sender, parse_from_address

_MAX_TO = 320


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


def parse_incoming(form: Mapping[str, str], received_at: datetime) -> Inbound:
    """Return the text of an incoming webhook's form."""
    return Inbound(
        provider_sid=form.get("MessageSid") or form.get("SmsMessageSid") or form["SmsSid"],
        sender=parse_from_address(form.get("From", "")),
        to=storable(form.get("To", ""))[:_MAX_TO],
        body=body_of(form.get("Body", "")),
        segments=segments_in(form.get("NumSegments")),
        received_at=received_at,
        opt_out_type=form.get("OptOutType", ""),
        attachments=parse_attachments(form),
    )
