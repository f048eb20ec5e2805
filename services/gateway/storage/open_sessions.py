"""Queries on the sessions of a user that have not ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.gateway.storage.access_hints import note_revoked_access
from services.gateway.storage.tables import refresh_tokens, sessions


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session, and when it ends if it is not refreshed."""

    id: UUID
    user_agent: str | None
    address: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions to list: those of a user, younger than `longest`, with ids below `before`."""

    org_id: UUID
    user_id: UUID
    longest: timedelta
    before: UUID | None


async def page(connection: AsyncConnection, wanted: Wanted, limit: int) -> Sequence[OpenSession]:
    """Return up to `limit` sessions, newest first."""
    newest = (
        select(
            func.max(refresh_tokens.c.expires_at).label("expires_at"),
            func.max(refresh_tokens.c.created_at).label("refreshed_at"),
        )
        .where(
            refresh_tokens.c.session_id == sessions.c.id,
            refresh_tokens.c.org_id == wanted.org_id,
            refresh_tokens.c.used_at.is_(None),
        )
        .lateral()
    )
    query = (
        select(
            sessions.c.id,
            sessions.c.user_agent,
            sessions.c.address,
            sessions.c.created_at,
            func.coalesce(sessions.c.last_used_at, newest.c.refreshed_at).label("last_used_at"),
            func.least(newest.c.expires_at, sessions.c.created_at + wanted.longest).label(
                "expires_at"
            ),
        )
        .join(newest, newest.c.expires_at > func.now())
        .where(
            sessions.c.org_id == wanted.org_id,
            sessions.c.user_id == wanted.user_id,
            sessions.c.revoked_at.is_(None),
            sessions.c.created_at > func.now() - wanted.longest,
        )
        .order_by(sessions.c.id.desc())
        .limit(limit)
    )
    if wanted.before is not None:
        query = query.where(sessions.c.id < wanted.before)
    return [OpenSession(**row) for row in (await connection.execute(query)).mappings()]


async def not_found(database: Database, org_id: UUID, session_id: UUID) -> Exception:
    """Return the error for a session that is not the caller's."""
    is_foreign = and_(sessions.c.id == session_id, sessions.c.org_id != org_id)
    return await database.not_found(sessions, is_foreign, "session")


async def exists(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, session_id: UUID
) -> bool:
    """Return whether this session belongs to the user, even if it has ended."""
    query = select(sessions.c.id).where(
        sessions.c.org_id == org_id, sessions.c.user_id == user_id, sessions.c.id == session_id
    )
    return await connection.scalar(query) is not None


async def end(connection: AsyncConnection, org_id: UUID, user_id: UUID, session_id: UUID) -> bool:
    """End a session of the user. Returns False if it had ended before."""
    ended = await connection.execute(
        update(sessions)
        .where(
            sessions.c.org_id == org_id,
            sessions.c.user_id == user_id,
            sessions.c.id == session_id,
            sessions.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )
    note_revoked_access(connection, org_id, user_id)
    return ended.rowcount == 1


async def end_all(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, spared: UUID | None
) -> bool:
    """End all sessions of a user except `spared`. Returns False if all had ended before."""
    statement = (
        update(sessions)
        .where(
            sessions.c.org_id == org_id,
            sessions.c.user_id == user_id,
            sessions.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )
    note_revoked_access(connection, org_id, user_id)
    if spared is not None:
        statement = statement.where(sessions.c.id != spared)
    return (await connection.execute(statement)).rowcount > 0
