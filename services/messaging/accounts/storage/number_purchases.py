"""Purchases of numbers in progress, and the limits on how many numbers organisations have."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.domain.number_purchases import NewPurchase, Purchase
from services.messaging.accounts.storage.number_tables import number_limits, number_purchases
from services.messaging.common.storage.tables import twilio_subaccounts

LEASE_SECONDS = 120
"""Seconds until the claim of a purchase expires: more than the lease for setting up an account."""

# The organisation's numbers plus its purchases in progress.
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


async def lock(connection: AsyncConnection, org_id: UUID) -> None:
    """Lock the organisation's purchases of phone numbers until the transaction ends."""
    await connection.execute(
        select(twilio_subaccounts.c.org_id)
        .where(twilio_subaccounts.c.org_id == org_id)
        .with_for_update()
    )


async def count(connection: AsyncConnection, org_id: UUID) -> int:
    """Count the phone numbers that the organisation has or is buying."""
    return int(await connection.scalar(_COUNT, {"org_id": org_id}) or 0)


async def begin(connection: AsyncConnection, purchase: NewPurchase) -> Purchase:
    """Store a purchase and claim it for ``LEASE_SECONDS``."""
    lease_until = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, LEASE_SECONDS)
    rows = await connection.execute(
        insert(number_purchases)
        .values(**asdict(purchase), lease_until=lease_until)
        .returning(number_purchases)
    )
    return Purchase(**rows.mappings().one())


async def find(connection: AsyncConnection, org_id: UUID, phone_number: str) -> Purchase | None:
    """Return the latest unfinished purchase of this phone number."""
    rows = await connection.execute(
        select(number_purchases)
        .where(number_purchases.c.org_id == org_id, number_purchases.c.phone_number == phone_number)
        .order_by(number_purchases.c.begun_at.desc())
        .limit(1)
    )
    row = rows.mappings().first()
    return Purchase(**row) if row else None


async def end(connection: AsyncConnection, org_id: UUID, purchase_id: UUID) -> None:
    """Delete the row of a finished purchase."""
    await connection.execute(
        delete(number_purchases).where(
            number_purchases.c.org_id == org_id, number_purchases.c.id == purchase_id
        )
    )


async def abandoned(connection: AsyncConnection) -> Sequence[Purchase]:
    """Return the purchases, of all organisations, whose claim has expired."""
    rows = await connection.execute(_ABANDONED)
    return [Purchase(**row) for row in rows.mappings()]


async def limit(connection: AsyncConnection, org_id: UUID) -> int | None:
    """Return how many phone numbers the organisation may have.

    None if no operator has set a limit.
    """
    found: int | None = await connection.scalar(
        select(number_limits.c.max_numbers).where(number_limits.c.org_id == org_id)
    )
    return found


async def set_limit(connection: AsyncConnection, org_id: UUID, most: int | None) -> None:
    """Set how many phone numbers the organisation may have. None restores the default."""
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
