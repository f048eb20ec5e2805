"""Parse an incoming message from a webhook. A message is never refused, whatever it contains."""

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
from services.messaging.inbox.domain.from_address import FromAddress, parse_from_address

_MAX_TO_CHARACTERS = 320


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message that a person sent to the organisation.

    Attributes:
        provider_sid: Twilio's SID of the message.
        received_at: When the webhook arrived by our clock, or Twilio's time if it was polled.
        sent_at: When the person sent it by Twilio's clock, if that is known.
        opt_out_type: What Twilio took the message for: STOP, START, HELP or nothing.
    """

    provider_sid: str
    from_address: FromAddress
    to: str
    body: str
    segments: int
    received_at: datetime
    sent_at: datetime | None = None
    opt_out_type: str = ""
    attachments: Attachments = NO_ATTACHMENTS

    @property
    def preview(self) -> str:
        """The text that the list of conversations shows for the message."""
        return self.body if self.body.strip() else self.attachments.placeholder


def parse_incoming(form: Mapping[str, str], received_at: datetime) -> IncomingMessage:
    """Return the message that the form fields of an incoming webhook contain."""
    return IncomingMessage(
        provider_sid=form.get("MessageSid") or form.get("SmsMessageSid") or form["SmsSid"],
        from_address=parse_from_address(form.get("From", "")),
        to=storable(form.get("To", ""))[:_MAX_TO_CHARACTERS],
        body=body_of(form.get("Body", "")),
        segments=segments_in(form.get("NumSegments")),
        received_at=received_at,
        opt_out_type=form.get("OptOutType", ""),
        attachments=parse_attachments(form),
    )
