"""Months of phone numbers: which are due, and what was paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.domain.number_months import Month
from services.messaging.common.storage.tables import twilio_numbers as numbers

_FIELDS = (
    numbers.c.id,
    numbers.c.org_id,
    numbers.c.sid,
    numbers.c.phone_number,
    numbers.c.country,
    numbers.c.number_type,
    numbers.c.cents_per_month,
    numbers.c.payer_user_id,
    numbers.c.payer_email,
    numbers.c.billed_from,
    numbers.c.paid_until,
    numbers.c.warned_until,
    numbers.c.unpaid_since,
    numbers.c.released_at,
)

# Of a release that nobody was told of, the next turn tells.
_RELEASED_SINCE = text("interval '7 days'")

_WITH_WORK = text("""
SELECT DISTINCT org_id FROM twilio_numbers
WHERE (
    (released_at IS NULL AND (paid_until IS NULL OR paid_until <= now() + :notice))
    OR (released_at > now() - interval '7 days' AND unpaid_since IS NOT NULL)
  )
  AND NOT EXISTS (
    SELECT FROM left_alone WHERE job = 'charge-numbers' AND item = twilio_numbers.org_id::text
  )
ORDER BY org_id
""")


@dataclass(frozen=True, slots=True)
class HeldNumber:
    """A number with what is paid of it; see ``twilio_numbers``."""

    id: UUID
    org_id: UUID
    sid: str
    phone_number: str
    country: str
    number_type: str | None
    cents_per_month: int | None
    payer_user_id: UUID | None
    payer_email: str | None
    billed_from: datetime | None
    paid_until: datetime | None
    warned_until: datetime | None
    unpaid_since: datetime | None
    released_at: datetime | None


async def with_work(connection: AsyncConnection, notice: timedelta) -> Sequence[UUID]:
    """Return the organisations whose numbers are due, or will be within ``notice``."""
    return (await connection.execute(_WITH_WORK, {"notice": notice})).scalars().all()


async def due(
    connection: AsyncConnection, org_id: UUID, notice: timedelta
) -> tuple[datetime, Sequence[HeldNumber]]:
    """Return the time, and the numbers that are due by now or within ``notice``, in that order."""
    now: datetime = (await connection.execute(select(func.now()))).scalar_one()
    rows = await connection.execute(
        select(*_FIELDS)
        .where(
            numbers.c.org_id == org_id,
            numbers.c.released_at.is_(None),
            or_(numbers.c.paid_until.is_(None), numbers.c.paid_until <= now + notice),
        )
        .order_by(numbers.c.paid_until, numbers.c.id)
    )
    return now, [_held(row) for row in rows.mappings()]


async def released_unpaid(connection: AsyncConnection, org_id: UUID) -> Sequence[HeldNumber]:
    """Return the numbers that were released within a week because they were not paid."""
    rows = await connection.execute(
        select(*_FIELDS).where(
            numbers.c.org_id == org_id,
            numbers.c.released_at > func.now() - _RELEASED_SINCE,
            numbers.c.unpaid_since.is_not(None),
        )
    )
    return [_held(row) for row in rows.mappings()]


async def begin(
    connection: AsyncConnection, number: HeldNumber, offer: tuple[str, int]
) -> HeldNumber:
    """Let the first month of a number begin now, at the price of ``offer``, a kind and cents."""
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
        .returning(*_FIELDS)
    )
    return _held(rows.mappings().one())


async def set_paid(connection: AsyncConnection, number: HeldNumber, month: Month) -> bool:
    """Note that a month is paid; False where the number was released meanwhile."""
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


async def set_unpaid(connection: AsyncConnection, number: HeldNumber) -> HeldNumber:
    """Note that a month can't be paid since now; returns the number as it is then."""
    rows = await connection.execute(
        update(numbers)
        .where(numbers.c.org_id == number.org_id, numbers.c.id == number.id)
        .values(unpaid_since=func.now())
        .returning(*_FIELDS)
    )
    return _held(rows.mappings().one())


async def set_warned(connection: AsyncConnection, number: HeldNumber) -> None:
    """Note that somebody was warned that the next month can't be paid."""
    await connection.execute(
        update(numbers)
        .where(numbers.c.org_id == number.org_id, numbers.c.id == number.id)
        .values(warned_until=number.paid_until)
    )


def _held(row: RowMapping) -> HeldNumber:
    return HeldNumber(**row)
