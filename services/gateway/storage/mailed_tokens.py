"""Queries on the tokens of mailed links. Each token can be used once."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.storage.tables import email_verifications, password_resets


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """The user to whom a token was mailed."""

    org_id: UUID
    user_id: UUID


async def use_reset(connection: AsyncConnection, token_hash: bytes) -> TokenOwner | None:
    """Use up the token of a password reset. Returns its owner, or None if it is not valid."""
    return await _use(connection, password_resets, token_hash)


async def find_reset(connection: AsyncConnection, token_hash: bytes) -> TokenOwner | None:
    """Return the owner of the token of a password reset, or None if it is not valid."""
    tokens = password_resets
    query = select(tokens.c.org_id, tokens.c.user_id).where(*_is_valid(tokens, token_hash))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else TokenOwner(row.org_id, row.user_id)


async def use_verification(connection: AsyncConnection, token_hash: bytes) -> TokenOwner | None:
    """Use up the token of a verification. Returns its owner, or None if it is not valid."""
    return await _use(connection, email_verifications, token_hash)


async def end_resets(connection: AsyncConnection, owner: TokenOwner) -> None:
    """Invalidate all password resets that were mailed to a user."""
    await _end(connection, password_resets, owner)


async def end_all(connection: AsyncConnection, owner: TokenOwner) -> None:
    """Invalidate all tokens that were mailed to a user."""
    for tokens in (password_resets, email_verifications):
        await _end(connection, tokens, owner)


async def _end(connection: AsyncConnection, tokens: Table, owner: TokenOwner) -> None:
    await connection.execute(
        update(tokens)
        .where(
            tokens.c.org_id == owner.org_id,
            tokens.c.user_id == owner.user_id,
            tokens.c.used_at.is_(None),
        )
        .values(used_at=func.now())
    )


async def _use(connection: AsyncConnection, tokens: Table, token_hash: bytes) -> TokenOwner | None:
    statement = (
        update(tokens)
        .where(*_is_valid(tokens, token_hash))
        .values(used_at=func.now())
        .returning(tokens.c.org_id, tokens.c.user_id)
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else TokenOwner(row.org_id, row.user_id)


def _is_valid(tokens: Table, token_hash: bytes) -> tuple[ColumnElement[bool], ...]:
    return (
        tokens.c.token_hash == token_hash,
        tokens.c.used_at.is_(None),
        tokens.c.expires_at > func.now(),
    )
