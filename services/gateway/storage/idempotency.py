"""Queries on idempotency keys: who serves a request, and what was answered."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from servicekit.ids import new_id
from services.gateway.storage.tables import idempotency_keys as keys

KEPT = timedelta(hours=24)
LOST_AFTER = timedelta(seconds=30)
"""A request whose process has said nothing of it for so long died with the process."""


@dataclass(frozen=True, slots=True)
class KeyScope:
    """Whose key it is, and for which route."""

    org_id: UUID
    user_id: UUID
    route: str
    key: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to serve a key's request. ``operation_id`` is the same at each attempt."""

    claim_id: UUID
    operation_id: UUID


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key that somebody has: which request it is for, and its answer once there is one.

    The fingerprint is None while an upload is being received.
    """

    fingerprint: bytes | None
    answer: Answer | None


async def claim(
    connection: AsyncConnection, scope: KeyScope, fingerprint: bytes | None
) -> Claim | None:
    """Take the key for a request about to be served; None where it is another's.

    A key that was given back, or whose request was lost, is taken over by the same request; one
    that is over a day old by any.
    """
    new = insert(keys).values(
        org_id=scope.org_id,
        user_id=scope.user_id,
        route=scope.route,
        key=scope.key,
        fingerprint=fingerprint,
        operation_id=new_id(),
        claim_id=new_id(),
    )
    outdated = keys.c.claimed_at < func.now() - KEPT
    lost = keys.c.claimed_at < func.now() - LOST_AFTER
    open_ = keys.c.status.is_(None) & (keys.c.is_released | lost)
    same = keys.c.fingerprint.is_not_distinct_from(new.excluded.fingerprint)
    statement = new.on_conflict_do_update(
        constraint="pk_idempotency_keys",
        set_={
            "operation_id": case((outdated, new.excluded.operation_id), else_=keys.c.operation_id),
            "claim_id": new.excluded.claim_id,
            "claimed_at": func.now(),
            "is_released": False,
            "fingerprint": new.excluded.fingerprint,
            "status": None,
            "content_type": None,
            "body": None,
        },
        where=outdated | (open_ & same),
    ).returning(keys.c.claim_id, keys.c.operation_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Claim(row.claim_id, row.operation_id)


async def state_of(connection: AsyncConnection, scope: KeyScope) -> KeyState | None:
    """The state of a key; None where nobody has it any more."""
    query = select(keys.c.fingerprint, keys.c.status, keys.c.content_type, keys.c.body).where(
        keys.c.org_id == scope.org_id,
        keys.c.user_id == scope.user_id,
        keys.c.route == scope.route,
        keys.c.key == scope.key,
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    answer = None if row.status is None else Answer(row.status, row.content_type, row.body)
    return KeyState(row.fingerprint, answer)


async def keep(
    connection: AsyncConnection,
    org_id: UUID,
    claim_id: UUID,
    fingerprint: bytes,
    answer: Answer,
) -> None:
    """Keep the answer of the request that has the key, unless it was taken over meanwhile."""
    await connection.execute(
        update(keys)
        .where(keys.c.org_id == org_id, keys.c.claim_id == claim_id)
        .values(
            fingerprint=fingerprint,
            status=answer.status,
            content_type=answer.content_type,
            body=answer.body,
        )
    )


async def renew(connection: AsyncConnection, org_id: UUID, claim_id: UUID) -> None:
    """Say that the request that has the key is still being served."""
    await connection.execute(
        update(keys)
        .where(
            keys.c.org_id == org_id,
            keys.c.claim_id == claim_id,
            keys.c.status.is_(None),
            keys.c.is_released.is_(False),
        )
        .values(claimed_at=func.now())
    )


async def release(connection: AsyncConnection, org_id: UUID, claim_id: UUID) -> None:
    """Give the key back: its request came to nothing and may be sent again."""
    await connection.execute(
        update(keys)
        .where(keys.c.org_id == org_id, keys.c.claim_id == claim_id)
        .values(is_released=True)
    )


OLD = OldRows(
    "idempotency_keys", "claim_id::text", f"claimed_at < now() - interval '{KEPT.days} days'"
)
"""Keys of more than a day."""
