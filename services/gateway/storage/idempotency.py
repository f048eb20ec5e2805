"""Queries on idempotency keys: the claim of each request, and its stored response."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, exc, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from servicekit.ids import new_id
from services.gateway.storage.tables import idempotency_keys as keys

KEY_LIFETIME = timedelta(hours=24)
DATABASE_UNAVAILABLE = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""Errors of a database that can't be reached, or that has no free connection in time."""
LOST_AFTER = timedelta(seconds=30)
"""A claim that was not renewed for this long is lost: its process has probably died."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """An idempotency key with the user who sent it and the route."""

    org_id: UUID
    user_id: UUID
    route: str
    key: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to serve a request that has an idempotency key.

    `operation_id` is the same for each attempt.
    """

    claim_id: UUID
    operation_id: UUID


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The stored response to a request with an idempotency key."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class KeyState:
    """The request that has claimed a key, and its response if there is one yet.

    The fingerprint of the request is None while an upload is being received.
    """

    fingerprint: bytes | None
    response: StoredResponse | None


async def claim(
    connection: AsyncConnection, key: IdempotencyKey, fingerprint: bytes | None
) -> Claim | None:
    """Claim a key for a request. Returns None if another request has it.

    A request with the same fingerprint can claim a key that was released or whose claim has
    expired. Any request can claim a key that is older than a day.
    """
    new = insert(keys).values(
        org_id=key.org_id,
        user_id=key.user_id,
        route=key.route,
        key=key.key,
        fingerprint=fingerprint,
        operation_id=new_id(),
        claim_id=new_id(),
    )
    outdated = keys.c.claimed_at < func.now() - KEY_LIFETIME
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


async def state_of(connection: AsyncConnection, key: IdempotencyKey) -> KeyState | None:
    """Return the state of a key, or None if no request has it."""
    query = select(keys.c.fingerprint, keys.c.status, keys.c.content_type, keys.c.body).where(
        keys.c.org_id == key.org_id,
        keys.c.user_id == key.user_id,
        keys.c.route == key.route,
        keys.c.key == key.key,
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if row.status is None:
        return KeyState(row.fingerprint, None)
    response = StoredResponse(row.status, row.content_type, row.body)
    return KeyState(row.fingerprint, response)


async def store_response(
    connection: AsyncConnection,
    org_id: UUID,
    claim_id: UUID,
    fingerprint: bytes,
    response: StoredResponse,
) -> None:
    """Store the response of a claim, unless another request has claimed the key since."""
    await connection.execute(
        update(keys)
        .where(keys.c.org_id == org_id, keys.c.claim_id == claim_id)
        .values(
            fingerprint=fingerprint,
            status=response.status,
            content_type=response.content_type,
            body=response.body,
        )
    )


async def renew(connection: AsyncConnection, org_id: UUID, claim_id: UUID) -> None:
    """Renew a claim whose request is still being served."""
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
    """Release a claim whose request failed and may be sent again."""
    await connection.execute(
        update(keys)
        .where(keys.c.org_id == org_id, keys.c.claim_id == claim_id)
        .values(is_released=True)
    )


OLD = OldRows(
    "idempotency_keys",
    "claim_id::text",
    f"claimed_at < now() - interval '{KEY_LIFETIME.days} days'",
)
"""The rows to delete: keys older than a day."""
