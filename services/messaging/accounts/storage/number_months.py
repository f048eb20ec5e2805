"""Monthly payments of numbers: which numbers are due, paid or unpaid."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.domain.number_months import BilledNumber, Month
from services.messaging.common.storage.rows import columns_of
from services.messaging.common.storage.tables import twilio_numbers as numbers

_COLUMNS = columns_of(numbers, BilledNumber)

# Numbers released this recently are included, so that a later run can send a missing alert.
_RELEASED_SINCE = text("interval '7 days'")

# A test organisation pays nothing for its number.
_WITH_WORK = text("""
SELECT DISTINCT org_id FROM twilio_numbers
WHERE uuid_extract_version(org_id) IS DISTINCT FROM 8 AND (
    (released_at IS NULL AND (paid_until IS NULL OR paid_until <= now() + :notice))
    OR (released_at > now() - interval '7 days' AND unpaid_since IS NOT NULL)
  )
  AND NOT EXISTS (
    SELECT FROM left_alone WHERE job = 'charge-numbers' AND item = twilio_numbers.org_id::text
  )
ORDER BY org_id
""")


async def orgs_with_due_numbers(connection: AsyncConnection, notice: timedelta) -> Sequence[UUID]:
    """Return the organisations with numbers whose payment is due now or within ``notice``."""
    return (await connection.execute(_WITH_WORK, {"notice": notice})).scalars().all()


async def due(
    connection: AsyncConnection, org_id: UUID, notice: timedelta
) -> tuple[datetime, Sequence[BilledNumber]]:
    """Return the current time, and the numbers whose payment is due now or within ``notice``."""
    now: datetime = (await connection.execute(select(func.now()))).scalar_one()
    rows = await connection.execute(
        select(*_COLUMNS)
        .where(
            numbers.c.org_id == org_id,
            numbers.c.released_at.is_(None),
            or_(numbers.c.paid_until.is_(None), numbers.c.paid_until <= now + notice),
        )
        .order_by(numbers.c.paid_until, numbers.c.id)
    )
    return now, [_billed(row) for row in rows.mappings()]


async def released_unpaid(connection: AsyncConnection, org_id: UUID) -> Sequence[BilledNumber]:
    """Return numbers that were released in the last week because a month was not paid."""
    rows = await connection.execute(
        select(*_COLUMNS).where(
            numbers.c.org_id == org_id,
            numbers.c.released_at > func.now() - _RELEASED_SINCE,
            numbers.c.unpaid_since.is_not(None),
        )
    )
    return [_billed(row) for row in rows.mappings()]


async def begin(
    connection: AsyncConnection, number: BilledNumber, offer: tuple[str, int]
) -> BilledNumber:
    """Start the first month of a number now. ``offer``: its type and its price in cents."""
    kind, cents = offer
    rows = await connection.execute(
        update(numbers)
        .where(
            numbers.c.org_id == number.org_id,
            numbers.c.id == number.id,
        )
        .values(
            number_type=kind,
            cents_per_month=cents,
            billed_from=func.now(),
            paid_until=func.now(),
        )
        .returning(*_COLUMNS)
    )
    return _billed(rows.mappings().one())


async def set_paid(connection: AsyncConnection, number: BilledNumber, month: Month) -> bool:
    """Mark a month of a number as paid. Returns False if the number was already released."""
    result = await connection.execute(
        update(numbers)
        .where(
            numbers.c.org_id == number.org_id,
            numbers.c.id == number.id,
            numbers.c.released_at.is_(None),
        )
        .values(paid_until=month.ends, unpaid_since=None)
    )
    return result.rowcount == 1


async def set_unpaid(connection: AsyncConnection, number: BilledNumber) -> BilledNumber:
    """Mark the number as unpaid from now on."""
    rows = await connection.execute(
        update(numbers)
        .where(numbers.c.org_id == number.org_id, numbers.c.id == number.id)
        .values(unpaid_since=func.now())
        .returning(*_COLUMNS)
    )
    return _billed(rows.mappings().one())


async def set_warned(connection: AsyncConnection, number: BilledNumber) -> None:
    """Store that the organisation was warned about the number's next month."""
    await connection.execute(
        update(numbers)
        .where(numbers.c.org_id == number.org_id, numbers.c.id == number.id)
        .values(warned_until=number.paid_until)
    )


def _billed(row: RowMapping) -> BilledNumber:
    return BilledNumber(**row)
