"""What an organisation allows to be spent, and what it has spent today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from services.messaging.domain.limits import Limits
from services.messaging.storage.history_tables import sending_settings as settings

# The row is locked until the transaction ends: of two that reserve at a time, the later one sees
# what the earlier one took.
_RESERVE = text("""
INSERT INTO daily_spend AS spent (org_id, day, cents)
VALUES (:org_id, (now() AT TIME ZONE 'UTC')::date, :cents)
ON CONFLICT (org_id, day) DO UPDATE SET cents = spent.cents + excluded.cents
RETURNING cents
""")

_TAKE_BACK = text("""
UPDATE daily_spend SET cents = cents - :cents
WHERE org_id = :org_id AND day = (CAST(:at AS timestamptz) AT TIME ZONE 'UTC')::date
""")

_TODAY = text("""
SELECT cents FROM daily_spend WHERE org_id = :org_id AND day = (now() AT TIME ZONE 'UTC')::date
""")


@dataclass(frozen=True, slots=True)
class NewSettings:
    """Limits as an admin sets them; None and no countries stand for no limit."""

    allowed_countries: Sequence[str]
    max_price_cents_per_message: int | None
    daily_spend_cap_cents: int | None


async def limits(connection: AsyncConnection, org_id: UUID) -> Limits:
    """The organisation's limits; none where it has set none."""
    row = await find(connection, org_id)
    if row is None:
        return Limits()
    return Limits(
        frozenset(row["allowed_countries"]),
        row["max_price_cents_per_message"],
        row["daily_spend_cap_cents"],
    )


async def find(connection: AsyncConnection, org_id: UUID) -> RowMapping | None:
    """The organisation's settings, if it has any."""
    rows = await connection.execute(select(settings).where(settings.c.org_id == org_id))
    return rows.mappings().first()


async def put(connection: AsyncConnection, org_id: UUID, new: NewSettings) -> RowMapping:
    """Set the organisation's limits; how they stand now."""
    values = {
        "allowed_countries": sorted(new.allowed_countries),
        "max_price_cents_per_message": new.max_price_cents_per_message,
        "daily_spend_cap_cents": new.daily_spend_cap_cents,
        "updated_at": text("now()"),
    }
    rows: CursorResult[Any] = await connection.execute(
        insert(settings)
        .values(org_id=org_id, **values)
        .on_conflict_do_update(index_elements=[settings.c.org_id], set_=values)
        .returning(settings)
    )
    return rows.mappings().one()


async def reserve(connection: AsyncConnection, org_id: UUID, cents: int) -> int:
    """Count ``cents`` as spent today; the day's cents then."""
    total: int = (
        await connection.execute(_RESERVE, {"org_id": org_id, "cents": cents})
    ).scalar_one()
    return total


async def take_back(connection: AsyncConnection, org_id: UUID, cents: int, at: datetime) -> None:
    """Count ``cents`` as not spent after all on the day (UTC) of ``at``."""
    await connection.execute(_TAKE_BACK, {"org_id": org_id, "cents": cents, "at": at})


async def today(connection: AsyncConnection, org_id: UUID) -> int:
    """Cents spent today (UTC)."""
    return int(await connection.scalar(_TODAY, {"org_id": org_id}) or 0)


OLD = OldRows("daily_spend", "org_id || '/' || day", "day < (now() AT TIME ZONE 'UTC')::date - 1")
"""The days before yesterday, of every organisation: a cap is for today."""
