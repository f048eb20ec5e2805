"""Lookups of numbers: the results, kept for a day, and lookups in progress."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.domain.lookups import LineLookup
from services.messaging.accounts.storage.account_tables import phone_lookups as lookups

LEASE_SECONDS = 60
"""Seconds until the lease of a lookup expires: more than Twilio and billing may take."""

_FRESH = text("looked_up_at > now() - interval '24 hours'")

# A lookup with an open charge is not claimed, because the sweeper refunds the charge first.
_CLAIM = text("""
INSERT INTO phone_lookups AS known (org_id, phone, charge_id, lease_until, charged_cents)
VALUES (:org_id, :phone, :charge_id, now() + make_interval(secs => :seconds), :cents)
ON CONFLICT (org_id, phone) DO UPDATE
SET charge_id = excluded.charge_id, lease_until = excluded.lease_until,
  charged_cents = excluded.charged_cents
WHERE known.charge_id IS NULL
  AND coalesce(known.looked_up_at, '-infinity') <= now() - interval '24 hours'
RETURNING org_id
""")

_ABANDONED = text("""
SELECT org_id, phone, charge_id FROM phone_lookups
WHERE charge_id IS NOT NULL AND lease_until < now()
  AND NOT EXISTS (
    SELECT FROM left_alone
    WHERE job = 'give-up-lookups' AND item = phone_lookups.charge_id::text
  )
ORDER BY lease_until LIMIT 500
""")


@dataclass(frozen=True, slots=True)
class OpenLookup:
    """A lookup in progress, and the id of its charge."""

    org_id: UUID
    phone: str
    charge_id: UUID


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """A phone number as Twilio described it. Fields that Twilio does not know are None."""

    phone: str
    valid: bool
    country: str | None
    national_format: str | None
    line_type: str | None
    carrier: str | None
    looked_up_at: datetime


_COLUMNS = [lookups.c[field.name] for field in fields(KnownNumber)]


async def fresh(connection: AsyncConnection, org_id: UUID, phone: str) -> KnownNumber | None:
    """Return the result of a lookup in the last 24 hours, or None."""
    rows = await connection.execute(
        select(*_COLUMNS).where(lookups.c.org_id == org_id, lookups.c.phone == phone, _FRESH)
    )
    row = rows.first()
    return KnownNumber(*row) if row else None


async def claim(connection: AsyncConnection, lookup: OpenLookup, cents: int) -> bool:
    """Begin a lookup that costs `cents`.

    Returns False if a lookup of the phone number is in progress or has just ended.
    """
    parameters = {**asdict(lookup), "seconds": LEASE_SECONDS, "cents": cents}
    row = await connection.execute(_CLAIM, parameters)
    return row.first() is not None


async def finish(connection: AsyncConnection, lookup: OpenLookup, found: LineLookup) -> KnownNumber:
    """Store Twilio's response. After that the charge is not refunded."""
    settled = case((lookups.c.charge_id == lookup.charge_id, None), else_=lookups.c.charge_id)
    rows = await connection.execute(
        update(lookups)
        .where(lookups.c.org_id == lookup.org_id, lookups.c.phone == lookup.phone)
        .values(**asdict(found), looked_up_at=func.now(), charge_id=settled)
        .returning(*_COLUMNS)
    )
    return KnownNumber(*rows.one())


async def close(connection: AsyncConnection, lookup: OpenLookup) -> datetime | None:
    """End a lookup that has no result, after its charge was refunded.

    Returns:
        The time at which the lookup began; None if it has already ended.
    """
    until = await connection.scalar(
        update(lookups)
        .where(
            lookups.c.org_id == lookup.org_id,
            lookups.c.phone == lookup.phone,
            lookups.c.charge_id == lookup.charge_id,
        )
        .values(charge_id=None, charged_cents=0)
        .returning(lookups.c.lease_until)
    )
    return until - timedelta(seconds=LEASE_SECONDS) if until else None


async def abandoned(connection: AsyncConnection) -> Sequence[OpenLookup]:
    """List the open lookups whose lease expired, of all organisations."""
    rows = await connection.execute(_ABANDONED)
    return [OpenLookup(row.org_id, row.phone, row.charge_id) for row in rows]
