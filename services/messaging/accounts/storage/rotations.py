"""Rotations of auth tokens. A rotation is requested, gets a secondary token, and is finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import twilio_subaccounts as accounts

_REQUEST = text("""
UPDATE twilio_subaccounts SET rotation_requested_at = coalesce(rotation_requested_at, now())
WHERE org_id = :org_id AND sub_account_sid IS NOT NULL
RETURNING new.rotation_requested_at AS requested_at, new.secondary_since,
  old.rotation_requested_at IS NULL AS started
""")

_INTERRUPTED = text("""
SELECT org_id FROM twilio_subaccounts
WHERE rotation_requested_at < now() - CAST(:since AS interval) AND secondary_since IS NULL
  AND suspended_at IS NULL
ORDER BY rotation_requested_at
""")

_DUE = text("""
SELECT org_id FROM twilio_subaccounts
WHERE rotation_requested_at IS NOT NULL AND secondary_since < now() - CAST(:grace AS interval)
  AND suspended_at IS NULL
ORDER BY secondary_since
""")


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation of an auth token in progress. ``started``: whether this request started it."""

    requested_at: datetime
    secondary_since: datetime | None
    started: bool


async def request(connection: AsyncConnection, org_id: UUID) -> Rotation | None:
    """Start a rotation of the auth token, or return the one in progress.

    Returns None if the organisation has no account.
    """
    row = (await connection.execute(_REQUEST, {"org_id": org_id})).first()
    return Rotation(row.requested_at, row.secondary_since, row.started) if row else None


async def interrupted(connection: AsyncConnection, since: timedelta) -> Sequence[UUID]:
    """Return organisations whose rotation has had no secondary token for longer than ``since``."""
    return (await connection.execute(_INTERRUPTED, {"since": since})).scalars().all()


async def due(connection: AsyncConnection, grace: timedelta) -> Sequence[UUID]:
    """Return organisations whose secondary token is older than ``grace``."""
    return (await connection.execute(_DUE, {"grace": grace})).scalars().all()


async def store_secondary(connection: AsyncConnection, org_id: UUID, sealed: str) -> datetime:
    """Store the encrypted secondary token. Returns the time from which it is valid."""
    row = await connection.execute(
        update(accounts)
        .where(accounts.c.org_id == org_id)
        .values(secondary_token_encrypted=sealed, secondary_since=func.now())
        .returning(accounts.c.secondary_since)
    )
    since: datetime = row.scalar_one()
    return since


async def remove_secondary(connection: AsyncConnection, org_id: UUID) -> None:
    """Remove a secondary token that no longer exists at Twilio. The rotation continues."""
    await connection.execute(
        update(accounts)
        .where(accounts.c.org_id == org_id)
        .values(secondary_token_encrypted=None, secondary_since=None)
    )


async def finish(connection: AsyncConnection, org_id: UUID, sealed: str) -> None:
    """End the rotation of the auth token. ``sealed``: the new primary token, encrypted."""
    await connection.execute(
        update(accounts)
        .where(accounts.c.org_id == org_id)
        .values(
            auth_token_encrypted=sealed,
            secondary_token_encrypted=None,
            secondary_since=None,
            rotation_requested_at=None,
        )
    )
