"""API keys of subaccounts.

A key is live until it is revoked. An organisation uses its newest live key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.accounts.storage.account_tables import twilio_api_keys as keys

_DUE = text("""
SELECT account.org_id FROM twilio_subaccounts AS account
JOIN twilio_api_keys AS key ON key.org_id = account.org_id AND key.revoked_at IS NULL
WHERE account.suspended_at IS NULL
GROUP BY account.org_id
HAVING max(key.created_at) <= now() - CAST(:max_age AS interval)
ORDER BY account.org_id
""")

# The order is random, so that accounts that Twilio keeps refusing can't block the others.
_KEYLESS = text("""
SELECT account.org_id FROM twilio_subaccounts AS account
WHERE account.sub_account_sid IS NOT NULL AND account.suspended_at IS NULL
  AND NOT EXISTS (
    SELECT FROM twilio_api_keys AS key
    WHERE key.org_id = account.org_id AND key.revoked_at IS NULL
  )
  AND NOT EXISTS (
    SELECT FROM left_alone
    WHERE job = 'issue-first-keys' AND item = account.org_id::text
  )
  AND NOT EXISTS (
    SELECT FROM failing_items WHERE job = 'check-credentials' AND item = account.org_id::text
  )
ORDER BY random() LIMIT :limit
""")

_SUPERSEDED = text("""
SELECT key.id, key.org_id, key.sid FROM twilio_api_keys AS key
JOIN twilio_subaccounts AS account
  ON account.org_id = key.org_id AND account.suspended_at IS NULL
WHERE key.revoked_at IS NULL AND EXISTS (
  SELECT FROM twilio_api_keys AS newer
  WHERE newer.org_id = key.org_id AND newer.revoked_at IS NULL
    AND newer.created_at > key.created_at
    AND newer.created_at < now() - CAST(:since AS interval)
)
ORDER BY key.created_at
""")


@dataclass(frozen=True, slots=True)
class SupersededKey:
    """A key that a newer one has replaced and that is not revoked yet."""

    id: UUID
    org_id: UUID
    sid: str


async def outdated(connection: AsyncConnection, max_age: timedelta) -> Sequence[UUID]:
    """Return the organisations whose newest live key is at least ``max_age`` old."""
    return (await connection.execute(_DUE, {"max_age": max_age})).scalars().all()


async def without_any(connection: AsyncConnection, limit: int) -> Sequence[UUID]:
    """Return up to ``limit`` organisations with an active account and no live key."""
    return (await connection.execute(_KEYLESS, {"limit": limit})).scalars().all()


async def superseded(connection: AsyncConnection, since: timedelta) -> Sequence[SupersededKey]:
    """Return the live keys that were replaced longer ago than ``since``, oldest first."""
    rows = await connection.execute(_SUPERSEDED, {"since": since})
    return [SupersededKey(row.id, row.org_id, row.sid) for row in rows]


async def live_sids(connection: AsyncConnection, org_id: UUID) -> Sequence[str]:
    """Return Twilio's ids of the organisation's live keys, newest first."""
    rows = await connection.execute(
        select(keys.c.sid)
        .where(keys.c.org_id == org_id, keys.c.revoked_at.is_(None))
        .order_by(keys.c.created_at.desc())
    )
    return rows.scalars().all()


async def add(
    connection: AsyncConnection, org_id: UUID, key_id: UUID, sid: str, secret_encrypted: str
) -> None:
    """Store an API key that Twilio created. It is in use from now on."""
    await connection.execute(
        insert(keys).values(id=key_id, org_id=org_id, sid=sid, secret_encrypted=secret_encrypted)
    )


async def mark_revoked(connection: AsyncConnection, org_id: UUID, key_id: UUID) -> None:
    """Mark an API key as revoked. Idempotent."""
    await connection.execute(
        update(keys)
        .where(keys.c.org_id == org_id, keys.c.id == key_id)
        .values(revoked_at=func.coalesce(keys.c.revoked_at, func.now()))
    )
