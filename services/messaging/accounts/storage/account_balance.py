"""The last known balance of each organisation's account at Twilio."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_CLAIM = text("""
INSERT INTO twilio_account_balance AS known (org_id, ask_after)
VALUES (:org_id, now() + make_interval(secs => :seconds))
ON CONFLICT (org_id) DO UPDATE SET ask_after = excluded.ask_after WHERE known.ask_after <= now()
RETURNING org_id
""")

_STORE = text("""
UPDATE twilio_account_balance
SET balance = :balance, currency = :currency, fetched_at = now()
WHERE org_id = :org_id
""")

_FIND = text("""
SELECT balance, currency, fetched_at,
  CAST(greatest(0, floor(extract(epoch FROM now() - fetched_at))) AS bigint) AS age_seconds
FROM twilio_account_balance WHERE org_id = :org_id AND fetched_at IS NOT NULL
""")


@dataclass(frozen=True, slots=True)
class KnownBalance:
    """The last known balance at Twilio, and its age in seconds."""

    balance: Decimal
    currency: str
    fetched_at: datetime
    age_seconds: int


async def claim(connection: AsyncConnection, org_id: UUID, seconds: int) -> bool:
    """Claim the right to ask Twilio for the balance.

    No other request gets it for ``seconds``. Returns whether this request has got it.
    """
    row = await connection.execute(_CLAIM, {"org_id": org_id, "seconds": seconds})
    return row.first() is not None


async def store(connection: AsyncConnection, org_id: UUID, balance: Decimal, currency: str) -> None:
    """Store the balance that Twilio has returned for the organisation's account."""
    await connection.execute(_STORE, {"org_id": org_id, "balance": balance, "currency": currency})


async def find(connection: AsyncConnection, org_id: UUID) -> KnownBalance | None:
    """Return the last known balance, or None if Twilio has not answered yet."""
    row = (await connection.execute(_FIND, {"org_id": org_id})).first()
    return KnownBalance(row.balance, row.currency, row.fetched_at, row.age_seconds) if row else None
