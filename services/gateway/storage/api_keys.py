"""Queries on the API keys of organisations."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.modes import mode_name
from services.gateway.storage.tables import api_keys


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key to insert. `expires_at` is None for a key that does not expire."""

    org_id: UUID
    user_id: UUID
    name: str
    key_hash: bytes
    prefix: str
    scopes: Sequence[str]
    expires_at: datetime | None
    is_test: bool


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A stored key, without the key itself."""

    id: UUID
    name: str
    prefix: str
    scopes: Sequence[str]
    user_id: UUID
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    is_test: bool

    @property
    def mode(self) -> str:
        """The mode of the key: live or test."""
        return mode_name(is_test=self.is_test)


_COLUMNS = tuple(api_keys.c[field.name] for field in fields(ApiKey))


async def add(connection: AsyncConnection, key: NewApiKey) -> ApiKey:
    """Insert a key, and return it."""
    statement = insert(api_keys).values(id=new_id(), **asdict(key)).returning(*_COLUMNS)
    return ApiKey(**(await connection.execute(statement)).mappings().one())


async def page(
    connection: AsyncConnection, org_id: UUID, limit: int, before: UUID | None
) -> Sequence[ApiKey]:
    """Return up to `limit` keys with ids below `before`, newest first."""
    query = select(*_COLUMNS).where(api_keys.c.org_id == org_id)
    if before is not None:
        query = query.where(api_keys.c.id < before)
    query = query.order_by(api_keys.c.id.desc()).limit(limit)
    return [ApiKey(**row) for row in (await connection.execute(query)).mappings()]


async def exists(connection: AsyncConnection, org_id: UUID, key_id: UUID) -> bool:
    """Return whether the organisation has a key with this id, revoked ones included."""
    query = select(api_keys.c.id).where(api_keys.c.org_id == org_id, api_keys.c.id == key_id)
    return await connection.scalar(query) is not None


async def names(
    connection: AsyncConnection, org_id: UUID, key_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """Return the names of keys of the organisation by their ids, revoked ones included."""
    query = select(api_keys.c.id, api_keys.c.name).where(
        api_keys.c.org_id == org_id, api_keys.c.id.in_(key_ids)
    )
    return {row.id: row.name for row in await connection.execute(query)}


async def revoke_of(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Revoke every API key that acts for a user."""
    await connection.execute(
        update(api_keys)
        .where(
            api_keys.c.org_id == org_id,
            api_keys.c.user_id == user_id,
            api_keys.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )


async def revoke(connection: AsyncConnection, org_id: UUID, key_id: UUID) -> ApiKey | None:
    """Revoke a key, and return it. Returns None if the organisation has no key with this id."""
    statement = (
        update(api_keys)
        .where(api_keys.c.org_id == org_id, api_keys.c.id == key_id)
        .values(revoked_at=func.coalesce(api_keys.c.revoked_at, func.now()))
        .returning(*_COLUMNS)
    )
    row = (await connection.execute(statement)).mappings().first()
    return ApiKey(**row) if row else None


async def not_found(database: Database, key_id: UUID) -> Exception:
    """Return the error for a key that the organisation does not have."""
    return await database.not_found(api_keys, api_keys.c.id == key_id, "api key")
