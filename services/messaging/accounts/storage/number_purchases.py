"""Purchases of numbers that are under way, and how many numbers an organisation may have."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.storage.number_tables import number_limits, number_purchases
from services.messaging.common.storage.tables import twilio_subaccounts

LEASE_SECONDS = 120
"""How long a purchase is its caller's; longer than a lease on an organisation's setup."""

# Numbers that are owned and those that are being bought.
_COUNT = text("""
SELECT (SELECT count(*) FROM twilio_numbers WHERE org_id = :org_id AND released_at IS NULL)
  + (SELECT count(*) FROM number_purchases WHERE org_id = :org_id)
""")

_ABANDONED = text("""
SELECT * FROM number_purchases
WHERE lease_until < now() AND NOT EXISTS (
  SELECT FROM left_alone
  WHERE job = 'settle-number-purchases' AND item = number_purchases.id::text
)
ORDER BY lease_until LIMIT 100
""")


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """A number that is about to be bought, by whom, and what it costs a month."""

    id: UUID
    org_id: UUID
    user_id: UUID
    email: str
    phone_number: str
    country: str
    number_type: str
    cents_per_month: int


@dataclass(frozen=True, slots=True)
class Purchase(NewPurchase):
    """A purchase that was begun; the number's first month begins with it."""

    begun_at: datetime
    lease_until: datetime


async def lock(connection: AsyncConnection, org_id: UUID) -> None:
    """Let nobody else begin or settle a purchase of the organisation until this ends."""
    await connection.execute(
        select(twilio_subaccounts.c.org_id)
        .where(twilio_subaccounts.c.org_id == org_id)
        .with_for_update()
    )


async def count(connection: AsyncConnection, org_id: UUID) -> int:
    """Return how many numbers the organisation has or is buying."""
    return int(await connection.scalar(_COUNT, {"org_id": org_id}) or 0)


async def begin(connection: AsyncConnection, purchase: NewPurchase) -> Purchase:
    """Claim a purchase for ``LEASE_SECONDS``."""
    lease_until = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, LEASE_SECONDS)
    rows = await connection.execute(
        insert(number_purchases)
        .values(**asdict(purchase), lease_until=lease_until)
        .returning(number_purchases)
    )
    return Purchase(**rows.mappings().one())


async def find(connection: AsyncConnection, org_id: UUID, phone_number: str) -> Purchase | None:
    """Return the latest purchase of this number that is under way."""
    rows = await connection.execute(
        select(number_purchases)
        .where(number_purchases.c.org_id == org_id, number_purchases.c.phone_number == phone_number)
        .order_by(number_purchases.c.begun_at.desc())
        .limit(1)
    )
    row = rows.mappings().first()
    return Purchase(**row) if row else None


async def end(connection: AsyncConnection, org_id: UUID, purchase_id: UUID) -> None:
    """Note that a purchase is over."""
    await connection.execute(
        delete(number_purchases).where(
            number_purchases.c.org_id == org_id, number_purchases.c.id == purchase_id
        )
    )


async def abandoned(connection: AsyncConnection) -> Sequence[Purchase]:
    """Return purchases whose caller did not come back, of whatever organisation."""
    rows = await connection.execute(_ABANDONED)
    return [Purchase(**row) for row in rows.mappings()]


async def limit(connection: AsyncConnection, org_id: UUID) -> int | None:
    """Return how many numbers an operator lets the organisation have, if one has set it."""
    found: int | None = await connection.scalar(
        select(number_limits.c.max_numbers).where(number_limits.c.org_id == org_id)
    )
    return found


async def set_limit(connection: AsyncConnection, org_id: UUID, most: int | None) -> None:
    """Set how many numbers the organisation may have; None for the platform's own limit."""
    if most is None:
        await connection.execute(delete(number_limits).where(number_limits.c.org_id == org_id))
        return
    await connection.execute(
        upsert(number_limits)
        .values(org_id=org_id, max_numbers=most)
        .on_conflict_do_update(
            index_elements=[number_limits.c.org_id],
            set_={"max_numbers": most, "updated_at": func.now()},
        )
    )
