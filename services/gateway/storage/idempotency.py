"""Queries on idempotency keys: who serves a request, and what was answered."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.gateway.storage.tables import idempotency_keys as keys

KEPT = timedelta(hours=24)
# A request that has not ended by then died with its process.
_LOST_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class KeyScope:
    """Whose key it is, and for which route."""

    org_id: UUID
    user_id: UUID
    route: str
    key: str


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What was answered to the request with this fingerprint."""

    fingerprint: bytes
    status: int
    content_type: str
    body: bytes


async def claim(connection: AsyncConnection, scope: KeyScope) -> UUID | None:
    """Take the key for a request about to be served; None where another has it.

    A key that is over a day old, or whose request was lost, is taken over.
    """
    fresh = {
        "claim_id": new_id(),
        "claimed_at": func.now(),
        "fingerprint": None,
        "status": None,
        "content_type": None,
        "body": None,
    }
    lost = keys.c.status.is_(None) & (keys.c.claimed_at < func.now() - _LOST_AFTER)
    outdated = keys.c.claimed_at < func.now() - KEPT
    claimed: UUID | None = await connection.scalar(
        insert(keys)
        .values(
            user_id=scope.user_id,
            route=scope.route,
            key=scope.key,
            org_id=scope.org_id,
            claim_id=fresh["claim_id"],
        )
        .on_conflict_do_update(constraint="pk_idempotency_keys", set_=fresh, where=lost | outdated)
        .returning(keys.c.claim_id)
    )
    return claimed


async def stored(connection: AsyncConnection, scope: KeyScope) -> StoredAnswer | None:
    """The answer kept under the key; None while its request is being served."""
    query = select(keys.c.fingerprint, keys.c.status, keys.c.content_type, keys.c.body).where(
        keys.c.org_id == scope.org_id,
        keys.c.user_id == scope.user_id,
        keys.c.route == scope.route,
        keys.c.key == scope.key,
        keys.c.status.is_not(None),
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else StoredAnswer(**row)


async def keep(
    connection: AsyncConnection, org_id: UUID, claim_id: UUID, answer: StoredAnswer
) -> None:
    """Keep the answer of the request that has the key, unless it was taken over meanwhile."""
    await connection.execute(
        update(keys)
        .where(keys.c.org_id == org_id, keys.c.claim_id == claim_id)
        .values(
            fingerprint=answer.fingerprint,
            status=answer.status,
            content_type=answer.content_type,
            body=answer.body,
        )
    )


async def release(connection: AsyncConnection, org_id: UUID, claim_id: UUID) -> None:
    """Give the key back: its request came to nothing and may be sent again."""
    await connection.execute(
        delete(keys).where(keys.c.org_id == org_id, keys.c.claim_id == claim_id)
    )


async def forget_old(connection: AsyncConnection) -> int:
    """Drop keys of more than a day; how many."""
    result = await connection.execute(delete(keys).where(keys.c.claimed_at < func.now() - KEPT))
    return result.rowcount
