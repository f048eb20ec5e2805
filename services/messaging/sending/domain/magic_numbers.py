"""The outcomes of test messages. The recipient's number decides the outcome.

The numbers are fictional ones, which no phone has (555-0100 to 555-0199). They are documented in
``docs/guides/test-mode.md``, and a test compares that page with this table.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.twilio_codes import QUEUE_FULL, RECIPIENT_OPTED_OUT

STEP_SECONDS = 1.0
"""Seconds between the reports about a test message."""

_UNREACHABLE = 30003
_UNKNOWN_NUMBER = 30005
_LANDLINE = 30006
_FILTERED = 30007
_FAILED = MessageStatus.FAILED


@dataclass(frozen=True, slots=True)
class Scenario:
    """The outcome of a message to a magic number.

    Attributes:
        ends_as: The final status. None if the message gets the status `sent` and no later one.
        error_code: The reason why it is not delivered.
        refused_at_once: Whether the message is refused when it is handed over, instead of failing
            later.
        trouble: The error code of the first attempt, after which the message is tried again.
        reply: What the recipient answers, if they answer.
    """

    ends_as: MessageStatus | None = MessageStatus.DELIVERED
    error_code: int | None = None
    refused_at_once: bool = False
    trouble: int | None = None
    reply: str | None = None

    def status_after(self, status: MessageStatus) -> MessageStatus | None:
        """Return the status that follows ``status``, or None if the message stays as it is."""
        if status is MessageStatus.SENT or self.ends_as is _FAILED:
            return self.ends_as
        return MessageStatus.SENT


_DELIVERED = Scenario()

SCENARIOS: Mapping[str, Scenario] = {
    "+12125550100": _DELIVERED,
    "+12125550101": Scenario(ends_as=None),
    "+12125550102": Scenario(ends_as=MessageStatus.UNDELIVERED, error_code=_UNREACHABLE),
    "+12125550103": Scenario(ends_as=_FAILED, error_code=_FILTERED),
    "+12125550104": Scenario(ends_as=_FAILED, error_code=_UNKNOWN_NUMBER),
    "+12125550105": Scenario(ends_as=_FAILED, error_code=_LANDLINE),
    "+12125550106": Scenario(ends_as=_FAILED, error_code=RECIPIENT_OPTED_OUT, refused_at_once=True),
    "+12125550107": Scenario(trouble=QUEUE_FULL),
    "+12125550108": Scenario(reply="Yes"),
    "+12125550109": Scenario(reply="STOP"),
}

NEVER_CONFIRMED: Collection[str] = [
    number for number, scenario in SCENARIOS.items() if scenario.ends_as is None
]


def scenario_of(phone: str) -> Scenario:
    """Return the outcome of a test message to ``phone``: delivery, unless the number is magic."""
    return SCENARIOS.get(phone, _DELIVERED)


def provider_sid_of(message_id: UUID) -> str:
    """Return the SID that a test message gets instead of one of Twilio's."""
    return f"SM{message_id.hex}"
