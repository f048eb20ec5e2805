"""Read the charges for messages of all organisations since a time."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import first_id_at

# Ids begin with the time of a process, whose clock may differ from the database's.
_CLOCKS_DIFFER = timedelta(hours=1)

_SINCE = text("""
SELECT org_id, user_id, by_user_id, external_id, amount_cents, description, campaign_id, created_at,
  EXISTS (
    SELECT FROM billing_transactions AS refund
    WHERE refund.source = 'sms' AND refund.external_id = 'refund:' || charge.external_id
  ) AS refunded
FROM billing_transactions AS charge
WHERE id >= :first_id AND created_at >= :since AND source = 'sms' AND type = 'debit'
ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class ChargeForMessage:
    """A charge in the ledger, and whether it was refunded. `by_user_id` is who caused it."""

    org_id: UUID
    user_id: UUID
    by_user_id: UUID | None
    message_id: str
    cents: int
    description: str
    campaign_id: UUID | None
    created_at: datetime
    refunded: bool

    @property
    def json(self) -> str:
        """The charge as a line of JSON."""
        return json.dumps(
            {
                "orgId": str(self.org_id),
                "userId": str(self.user_id),
                "byUserId": _text_of(self.by_user_id),
                "messageId": self.message_id,
                "cents": self.cents,
                "description": self.description,
                "campaignId": _text_of(self.campaign_id),
                "createdAt": self.created_at.isoformat(),
                "refunded": self.refunded,
            },
            ensure_ascii=False,
        )


async def since(connection: AsyncConnection, time: datetime) -> AsyncIterator[ChargeForMessage]:
    """Yield the charges since a time, oldest first, as the database sends them."""
    parameters = {"first_id": first_id_at(time - _CLOCKS_DIFFER), "since": time}
    async for row in await connection.stream(_SINCE, parameters):
        yield ChargeForMessage(
            row.org_id,
            row.user_id,
            row.by_user_id,
            row.external_id,
            row.amount_cents,
            row.description,
            row.campaign_id,
            row.created_at,
            row.refunded,
        )


def _text_of(id_: UUID | None) -> str | None:
    return str(id_) if id_ else None
