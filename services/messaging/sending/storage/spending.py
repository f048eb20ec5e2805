"""An organisation's spending limits, and what it has spent today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import settings_rows
from servicekit.db.old_rows import OldRows
from servicekit.db.versions import Versions
from services.messaging.common.storage.history_tables import sending_settings as settings
from services.messaging.sending.domain.limits import Limits

# The row stays locked until the transaction ends. So if two transactions reserve at once, the later
# one sees what the earlier one reserved.
_RESERVE = text("""
UPDATE daily_spend SET cents = cents + :cents
WHERE org_id = :org_id AND day = (now() AT TIME ZONE 'UTC')::date
RETURNING cents
""")

# The sum that the day's row holds. A stored message counts until it is refunded.
_COUNTED = """
SELECT (
  SELECT coalesce(sum(price_cents), 0) FROM sms_messages
  WHERE org_id = :org_id AND direction = 'out' AND created_at >= date_trunc('day', now(), 'UTC')
    AND (status NOT IN ('failed', 'cancelled') OR refund_due)
) + (
  SELECT coalesce(sum(charged_cents), 0) FROM phone_lookups
  WHERE org_id = :org_id AND (
    looked_up_at >= date_trunc('day', now(), 'UTC')
    OR charge_id IS NOT NULL AND lease_until >= date_trunc('day', now(), 'UTC')
  )
)
"""

# For the first message of the day, or if the row was lost. What is being reserved is stored
# already, so the sum includes it. It is only added if another transaction has created the row
# meanwhile.
_MAKE_DAY = """
INSERT INTO daily_spend AS spent (org_id, day, cents)
SELECT :org_id, (now() AT TIME ZONE 'UTC')::date, ({counted})
ON CONFLICT (org_id, day) DO UPDATE SET cents = spent.cents + :cents
RETURNING cents
"""
_RESERVE_FIRST = text(_MAKE_DAY.format(counted=_COUNTED))

_TAKE_BACK = text("""
UPDATE daily_spend SET cents = cents - :cents
WHERE org_id = :org_id AND day = (CAST(:at AS timestamptz) AT TIME ZONE 'UTC')::date
""")

_READ_DAY = """
SELECT coalesce((
  SELECT cents FROM daily_spend
  WHERE org_id = :org_id AND day = (now() AT TIME ZONE 'UTC')::date
), ({counted}))
"""
_TODAY = text(_READ_DAY.format(counted=_COUNTED))


_COLUMNS = (
    settings.c.allowed_countries,
    settings.c.max_price_cents_per_message,
    settings.c.daily_spend_cap_cents,
    settings.c.updated_at,
    settings.c.version,
)


@dataclass(frozen=True, slots=True)
class NewSettings:
    """Spending limits that an admin wants to set. A field that is None or empty sets no limit."""

    allowed_countries: Sequence[str] = ()
    max_price_cents_per_message: int | None = None
    daily_spend_cap_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Settings(NewSettings):
    """The spending limits of an organisation, and when they were last set.

    The version is 0 for limits that are not stored.
    """

    updated_at: datetime | None = None
    version: int = 0


async def limits(connection: AsyncConnection, org_id: UUID) -> Limits:
    """Return the organisation's spending limits. There are none if it has set none."""
    found = await find(connection, org_id)
    return Limits(
        frozenset(found.allowed_countries),
        found.max_price_cents_per_message,
        found.daily_spend_cap_cents,
    )


async def find(connection: AsyncConnection, org_id: UUID) -> Settings:
    """Return the organisation's spending limits with their version."""
    rows = await connection.execute(select(*_COLUMNS).where(settings.c.org_id == org_id))
    row = rows.first()
    return Settings(*row) if row else Settings()


async def lock(connection: AsyncConnection, org_id: UUID) -> Versions:
    """Lock the organisation's spending limits and return their versions."""
    return await settings_rows.lock(connection, settings, org_id)


async def put(connection: AsyncConnection, org_id: UUID, new: NewSettings) -> Settings:
    """Store new spending limits of the organisation, and return them."""
    limits_set = {
        "allowed_countries": sorted(new.allowed_countries),
        "max_price_cents_per_message": new.max_price_cents_per_message,
        "daily_spend_cap_cents": new.daily_spend_cap_cents,
    }
    values = {**limits_set, "updated_at": text("now()")}
    rows = await connection.execute(
        insert(settings)
        .values(org_id=org_id, column_versions=dict.fromkeys(limits_set, 1), **values)
        .on_conflict_do_update(index_elements=[settings.c.org_id], set_=values)
        .returning(*_COLUMNS)
    )
    return Settings(*rows.one())


async def reserve(connection: AsyncConnection, org_id: UUID, cents: int) -> int:
    """Add the `cents` of messages or a lookup to what the organisation has spent today.

    The messages or the lookup are stored in the same transaction. A missing row is created again
    from the stored messages and lookups, so that its loss does not lift the limit.

    Returns:
        The cents spent today, including `cents`.
    """
    parameters = {"org_id": org_id, "cents": cents}
    total = await connection.scalar(_RESERVE, parameters)
    if total is None:
        total = await connection.scalar(_RESERVE_FIRST, parameters)
    return int(total or 0)


async def take_back(connection: AsyncConnection, org_id: UUID, cents: int, at: datetime) -> None:
    """Subtract `cents` from what was spent on the day (UTC) of `at`."""
    await connection.execute(_TAKE_BACK, {"org_id": org_id, "cents": cents, "at": at})


async def today(connection: AsyncConnection, org_id: UUID) -> int:
    """Return the cents spent today (UTC)."""
    return int(await connection.scalar(_TODAY, {"org_id": org_id}) or 0)


OLD = OldRows("daily_spend", "org_id || '/' || day", "day < (now() AT TIME ZONE 'UTC')::date - 1")
"""The rows to delete: days before yesterday, of every organisation.

Limits need only today's row.
"""
