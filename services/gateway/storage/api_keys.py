"""Queries on API keys."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.gateway.storage.tables import api_keys


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that is about to be. ``expires_at`` is None for one that is good for ever."""

    org_id: UUID
    user_id: UUID
    name: str
    key_hash: bytes
    prefix: str
    scopes: Sequence[str]
    expires_at: datetime | None


async def add(connection: AsyncConnection, key: NewApiKey) -> RowMapping:
    """Insert a key; its row."""
    statement = insert(api_keys).values(id=new_id(), **asdict(key)).returning(api_keys)
    row: RowMapping = (await connection.execute(statement)).mappings().one()
    return row


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """At most ``limit`` keys, the newest first, before the one with the id ``before``."""
    query = select(api_keys).where(api_keys.c.org_id == org_id)
    if before is not None:
        query = query.where(api_keys.c.id < before)
    query = query.order_by(api_keys.c.id.desc()).limit(limit)
    return (await connection.execute(query)).mappings().all()


async def revoke_of(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Revoke every key of a user."""
    await connection.execute(
        update(api_keys)
        .where(
            api_keys.c.org_id == org_id,
            api_keys.c.user_id == user_id,
            api_keys.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )


async def revoke(connection: AsyncConnection, org_id: UUID, key_id: UUID) -> bool:
    """Revoke a key; False where the organisation has none with this id."""
    statement = (
        update(api_keys)
        .where(api_keys.c.org_id == org_id, api_keys.c.id == key_id)
        .values(revoked_at=func.coalesce(api_keys.c.revoked_at, func.now()))
    )
    return (await connection.execute(statement)).rowcount == 1
