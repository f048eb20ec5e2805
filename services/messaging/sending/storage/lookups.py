"""Lookups of numbers: the answers, kept for a day, and the one that is under way."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.domain.lookups import LineLookup
from services.messaging.accounts.storage.account_tables import phone_lookups as lookups

LEASE_SECONDS = 60
"""How long a lookup is its caller's; longer than Twilio and billing may take."""

_FRESH = text("looked_up_at > now() - interval '24 hours'")

# A charge that is left open is not taken over: the sweeper gives it back first.
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
    """A lookup that is under way, and the id of its charge."""

    org_id: UUID
    phone: str
    charge_id: UUID


async def fresh(connection: AsyncConnection, org_id: UUID, phone: str) -> RowMapping | None:
    """The answer of the last 24 hours, if there is one."""
    rows = await connection.execute(
        select(lookups).where(lookups.c.org_id == org_id, lookups.c.phone == phone, _FRESH)
    )
    return rows.mappings().first()


async def claim(connection: AsyncConnection, lookup: OpenLookup, cents: int) -> bool:
    """Begin a lookup that costs ``cents``; False where one is under way, or was answered today."""
    parameters = {**asdict(lookup), "seconds": LEASE_SECONDS, "cents": cents}
    row = await connection.execute(_CLAIM, parameters)
    return row.first() is not None


async def answer(connection: AsyncConnection, lookup: OpenLookup, found: LineLookup) -> RowMapping:
    """Keep what Twilio said; its charge is settled."""
    settled = case((lookups.c.charge_id == lookup.charge_id, None), else_=lookups.c.charge_id)
    rows = await connection.execute(
        update(lookups)
        .where(lookups.c.org_id == lookup.org_id, lookups.c.phone == lookup.phone)
        .values(**asdict(found), looked_up_at=func.now(), charge_id=settled)
        .returning(lookups)
    )
    row: RowMapping = rows.mappings().one()
    return row


async def close(connection: AsyncConnection, lookup: OpenLookup) -> datetime | None:
    """The lookup is over without an answer, and its charge, if any, was given back.

    Answers when it was begun; None where it is over already.
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
    """Lookups whose caller did not come back, of whatever organisation."""
    rows = await connection.execute(_ABANDONED)
    return [OpenLookup(row.org_id, row.phone, row.charge_id) for row in rows]
