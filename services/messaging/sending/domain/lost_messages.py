"""Messages and charges of a time that a restored database has lost."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from servicekit.ids import parse_id

Reason = Literal["not_stored", "not_charged"]
"""`not_stored`: Twilio has the message, and we have no row of it. `not_charged`: we have a row, but
only because Twilio has called us back."""


@dataclass(frozen=True, slots=True)
class LostMessage:
    """A message in Twilio's list that was never stored or never charged, as far as we know now."""

    reason: Reason
    org_id: UUID
    sid: str
    message_id: UUID | None
    to: str
    from_number: str | None
    body: str
    status: str
    segments: int
    created_at: datetime

    @property
    def json(self) -> str:
        """The message as a line of JSON for an operator."""
        return json.dumps(
            {
                "reason": self.reason,
                "orgId": str(self.org_id),
                "sid": self.sid,
                "messageId": str(self.message_id) if self.message_id else None,
                "to": self.to,
                "from": self.from_number,
                "body": self.body,
                "status": self.status,
                "segments": self.segments,
                "createdAt": self.created_at.isoformat(),
            },
            ensure_ascii=False,
        )


@dataclass(frozen=True, slots=True)
class KnownCharge:
    """A charge in billing's ledger. `line` is how billing has printed it.

    `by_user_id` is the user who caused it, if billing knows.
    """

    org_id: UUID
    message_id: UUID
    description: str
    cents: int
    by_user_id: UUID | None
    campaign_id: UUID | None
    refunded: bool
    line: str

    @property
    def json(self) -> str:
        """The charge as a line of JSON for an operator."""
        return json.dumps({"reason": "only_charged", **json.loads(self.line)}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class CompletedMessage:
    """What is added to a message that only a callback has stored: its charge, and Twilio's text."""

    charge: KnownCharge
    body: str
    segments: int


def parse_charges(lines: Iterable[str]) -> Sequence[KnownCharge]:
    """Read the lines that `python -m services.billing list-charges` prints.

    Raises:
        ValueError: A line is not one of these.
    """
    return [_charge(line) for line in lines if line.strip()]


def _charge(line: str) -> KnownCharge:
    try:
        found = json.loads(line)
        return KnownCharge(
            UUID(found["orgId"]),
            UUID(found["messageId"]),
            str(found["description"]),
            int(found["cents"]),
            parse_id(found["byUserId"]),
            parse_id(found["campaignId"]),
            found["refunded"] is True,
            line,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"This is not a charge that list-charges has printed: {line!r}") from error
