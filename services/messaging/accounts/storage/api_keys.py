"""API keys of subaccounts. Of an organisation's live keys the newest is the one in use."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, text, update
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

# In no order, so that accounts that Twilio refuses again and again do not keep others waiting.
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


async def outdated(connection: AsyncConnection, max_age: timedelta) -> Sequence[UUID]:
    """Organisations whose newest live key is as old as ``max_age``."""
    return (await connection.execute(_DUE, {"max_age": max_age})).scalars().all()


async def without_any(connection: AsyncConnection, limit: int) -> Sequence[UUID]:
    """``limit`` organisations with an open account and no live key, whichever."""
    return (await connection.execute(_KEYLESS, {"limit": limit})).scalars().all()


async def superseded(connection: AsyncConnection, since: timedelta) -> Sequence[RowMapping]:
    """Live keys (id, org_id, sid) whose successor has been there for ``since``, oldest first."""
    return (await connection.execute(_SUPERSEDED, {"since": since})).mappings().all()


async def live_sids(connection: AsyncConnection, org_id: UUID) -> Sequence[str]:
    """Twilio's ids of the organisation's live keys, the newest first."""
    rows = await connection.execute(
        select(keys.c.sid)
        .where(keys.c.org_id == org_id, keys.c.revoked_at.is_(None))
        .order_by(keys.c.created_at.desc())
    )
    return rows.scalars().all()


async def add(
    connection: AsyncConnection, org_id: UUID, key_id: UUID, sid: str, secret_encrypted: str
) -> None:
    """Note a key that Twilio made; it is the one in use from now on."""
    await connection.execute(
        insert(keys).values(id=key_id, org_id=org_id, sid=sid, secret_encrypted=secret_encrypted)
    )


async def mark_revoked(connection: AsyncConnection, org_id: UUID, key_id: UUID) -> None:
    """Note that a key is revoked; the first time stands."""
    await connection.execute(
        update(keys)
        .where(keys.c.org_id == org_id, keys.c.id == key_id)
        .values(revoked_at=func.coalesce(keys.c.revoked_at, func.now()))
    )
