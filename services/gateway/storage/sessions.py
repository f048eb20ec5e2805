"""Queries on sessions and their refresh tokens.

A session is a chain of refresh tokens, each issued for the one before. Every change of a session
locks its row first, so that rotation and revocation run one after the other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from services.gateway.domain.clients import Client
from services.gateway.domain.opaque_tokens import REFRESH_GRACE, REFRESH_LIFETIME
from services.gateway.domain.users import User
from services.gateway.storage.access_hints import note_revoked_access
from services.gateway.storage.tables import refresh_tokens, sessions


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The state of a refresh token whose session is locked.

    `is_in_grace`: the token was first used a moment ago.
    """

    session_id: UUID
    user_id: UUID
    org_id: UUID
    is_used: bool
    is_in_grace: bool
    is_expired: bool
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Issued:
    """When a token was issued, by the database's clock, and when its session ends at the latest."""

    now: datetime
    ends_at: datetime


async def start(connection: AsyncConnection, session_id: UUID, user: User, client: Client) -> None:
    """Insert a new session of `user`."""
    await connection.execute(
        insert(sessions).values(
            id=session_id,
            user_id=user.id,
            org_id=user.org_id,
            last_used_at=func.now(),
            **_of(client),
        )
    )


async def add_token(
    connection: AsyncConnection,
    token_hash: bytes,
    session_id: UUID,
    org_id: UUID,
    longest: timedelta,
) -> Issued:
    """Insert a session's newest refresh token. The session ends when it is `longest` old."""
    issued = (await connection.execute(_issued(session_id, org_id, longest))).one()
    inserted = insert(refresh_tokens).values(
        token_hash=token_hash,
        session_id=session_id,
        org_id=org_id,
        expires_at=func.least(func.now() + REFRESH_LIFETIME, issued.ends_at),
    )
    await connection.execute(inserted)
    return Issued(issued.now, issued.ends_at)


async def find_token(
    connection: AsyncConnection,
    token_hash: bytes,
    session_id: UUID,
    org_id: UUID,
    longest: timedelta,
) -> Issued | None:
    """Return the present time and the time at which the session ends, or None.

    None means that the session does not have this refresh token.
    """
    query = _issued(session_id, org_id, longest).where(
        select(refresh_tokens.c.token_hash)
        .where(
            refresh_tokens.c.token_hash == token_hash,
            refresh_tokens.c.org_id == org_id,
            refresh_tokens.c.session_id == session_id,
        )
        .exists()
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Issued(row.now, row.ends_at)


async def issued_now(
    connection: AsyncConnection, session_id: UUID, org_id: UUID, longest: timedelta
) -> Issued:
    """Return the present time and the end of a session, which must exist."""
    row = (await connection.execute(_issued(session_id, org_id, longest))).one()
    return Issued(row.now, row.ends_at)


def _issued(session_id: UUID, org_id: UUID, longest: timedelta) -> Select[tuple[object, ...]]:
    return select(
        func.now().label("now"), (sessions.c.created_at + longest).label("ends_at")
    ).where(sessions.c.id == session_id, sessions.c.org_id == org_id)


def _of(client: Client) -> dict[str, str | None]:
    return {"address": client.address or None, "user_agent": client.user_agent or None}


async def lock_token(
    connection: AsyncConnection, token_hash: bytes, longest: timedelta
) -> RefreshToken | None:
    """Lock the session of a refresh token, and return the token.

    A token is expired if its session is `longest` old.
    """
    session_id = await connection.scalar(
        select(refresh_tokens.c.session_id).where(refresh_tokens.c.token_hash == token_hash)
    )
    await connection.execute(
        select(sessions.c.id).where(sessions.c.id == session_id).with_for_update()
    )
    ended = or_(
        refresh_tokens.c.expires_at <= func.now(), sessions.c.created_at + longest <= func.now()
    )
    query = (
        select(
            refresh_tokens.c.session_id,
            sessions.c.user_id,
            refresh_tokens.c.org_id,
            refresh_tokens.c.used_at.is_not(None).label("is_used"),
            func.coalesce(refresh_tokens.c.used_at > func.now() - REFRESH_GRACE, False).label(
                "is_in_grace"
            ),
            ended.label("is_expired"),
            sessions.c.revoked_at.is_not(None).label("is_revoked"),
        )
        .join(sessions, sessions.c.id == refresh_tokens.c.session_id)
        .where(refresh_tokens.c.token_hash == token_hash)
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else RefreshToken(**row)


async def record_use(
    connection: AsyncConnection, org_id: UUID, session_id: UUID, client: Client
) -> None:
    """Record that `client` has just refreshed a session."""
    await connection.execute(
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.org_id == org_id)
        .values(last_used_at=func.now(), **_of(client))
    )


async def mark_used(connection: AsyncConnection, token_hash: bytes) -> None:
    """Mark a refresh token as used."""
    await connection.execute(
        update(refresh_tokens)
        .where(refresh_tokens.c.token_hash == token_hash)
        .values(used_at=func.now())
    )


async def revoke(connection: AsyncConnection, session_id: UUID) -> None:
    """End a session with all its tokens."""
    ended = await connection.execute(
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(sessions.c.org_id, sessions.c.user_id)
    )
    for row in ended:
        note_revoked_access(connection, row.org_id, row.user_id)


async def revoke_all(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """End every session of a user."""
    await connection.execute(
        update(sessions)
        .where(
            sessions.c.org_id == org_id,
            sessions.c.user_id == user_id,
            sessions.c.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )
    note_revoked_access(connection, org_id, user_id)


OLD_TOKENS = OldRows("refresh_tokens", "encode(token_hash, 'hex')", "expires_at <= now()")
OLD_SESSIONS = OldRows(
    "sessions",
    "sessions.id::text",
    "created_at <= now() - make_interval(secs => :lifetime) AND NOT EXISTS"
    " (SELECT FROM refresh_tokens AS tokens WHERE tokens.session_id = sessions.id)",
)
"""The rows to delete: sessions without refresh tokens.

``lifetime`` is the lifetime of a token.
"""
