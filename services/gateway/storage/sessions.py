"""Queries on sessions and their refresh tokens.

A session is a family of refresh tokens, each made from the one before. Whoever touches a family
locks its session's row first, so that rotation and revocation follow each other.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.domain.refresh_tokens import LIFETIME
from services.gateway.storage.tables import refresh_tokens, sessions, user_profiles, users


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token's state; the session is locked."""

    session_id: UUID
    user_id: UUID
    org_id: UUID
    is_used: bool
    is_expired: bool
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What a signed-in user may do at this moment."""

    org_id: UUID
    role: str
    is_operator: bool


async def start(connection: AsyncConnection, session_id: UUID, user_id: UUID, org_id: UUID) -> None:
    """Insert a session."""
    await connection.execute(insert(sessions).values(id=session_id, user_id=user_id, org_id=org_id))


async def add_token(
    connection: AsyncConnection, token_hash: bytes, session_id: UUID, org_id: UUID
) -> None:
    """Insert a session's newest refresh token."""
    await connection.execute(
        insert(refresh_tokens).values(
            token_hash=token_hash,
            session_id=session_id,
            org_id=org_id,
            expires_at=func.now() + LIFETIME,
        )
    )


async def lock_token(connection: AsyncConnection, token_hash: bytes) -> RefreshToken | None:
    """Lock the session that a refresh token belongs to and read the token."""
    session_id = await connection.scalar(
        select(refresh_tokens.c.session_id).where(refresh_tokens.c.token_hash == token_hash)
    )
    await connection.execute(
        select(sessions.c.id).where(sessions.c.id == session_id).with_for_update()
    )
    query = (
        select(
            refresh_tokens.c.session_id,
            sessions.c.user_id,
            refresh_tokens.c.org_id,
            refresh_tokens.c.used_at.is_not(None).label("is_used"),
            (refresh_tokens.c.expires_at <= func.now()).label("is_expired"),
            sessions.c.revoked_at.is_not(None).label("is_revoked"),
        )
        .join(sessions, sessions.c.id == refresh_tokens.c.session_id)
        .where(refresh_tokens.c.token_hash == token_hash)
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else RefreshToken(**row)


async def mark_used(connection: AsyncConnection, token_hash: bytes) -> None:
    """A refresh token has been traded in."""
    await connection.execute(
        update(refresh_tokens)
        .where(refresh_tokens.c.token_hash == token_hash)
        .values(used_at=func.now())
    )


async def revoke(connection: AsyncConnection, session_id: UUID) -> None:
    """End a session with all its tokens."""
    await connection.execute(
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )


async def standing(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, session_id: UUID
) -> Standing | None:
    """What the user may do now; None once user or session is no longer good."""
    query = (
        select(users.c.org_id, user_profiles.c.role, users.c.is_operator)
        .join(user_profiles, user_profiles.c.user_id == users.c.id)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(
            users.c.id == user_id,
            users.c.org_id == org_id,
            users.c.status == "active",
            sessions.c.id == session_id,
            sessions.c.revoked_at.is_(None),
        )
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else Standing(**row)


async def forget_ended(connection: AsyncConnection) -> int:
    """Drop expired refresh tokens and the sessions that have none left; how many sessions."""
    await connection.execute(
        delete(refresh_tokens).where(refresh_tokens.c.expires_at <= func.now())
    )
    has_tokens = select(refresh_tokens.c.session_id).where(
        refresh_tokens.c.session_id == sessions.c.id
    )
    old = sessions.c.created_at <= func.now() - LIFETIME
    result = await connection.execute(delete(sessions).where(old, ~has_tokens.exists()))
    return result.rowcount
