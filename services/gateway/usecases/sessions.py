"""Sessions: what sign-up, sign-in and refresh answer, and how a session goes on or ends."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Unauthenticated
from servicekit.ids import new_id
from services.gateway.domain import access_tokens, networks
from services.gateway.domain.opaque_tokens import new_token, token_hash
from services.gateway.domain.users import User
from services.gateway.storage import audit, sessions, sign_ins, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.signing_keys import SigningKeys


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A pair of tokens and whose they are."""

    access_token: str
    refresh_token: str
    user: User


async def start(connection: AsyncConnection, keys: SigningKeys, user: User) -> SignedIn:
    """Start a session for ``user``."""
    session_id = new_id()
    await sessions.start(connection, session_id, user.id, user.org_id)
    await users.note_sign_in(connection, user.org_id, user.id)
    return await _next_pair(connection, keys, user, session_id)


async def refresh(database: Database, keys: SigningKeys, refresh_token: str) -> SignedIn:
    """Trade ``refresh_token`` for a new pair.

    A token that was traded in before has leaked, to whoever used it first or to whoever uses it
    now: the whole session ends. Of two requests with one token, one wins and the other counts as
    such a reuse. Raises ``Unauthenticated``.
    """
    async with database.system() as connection:
        signed_in = await _rotate(connection, keys, token_hash(refresh_token))
    if signed_in is None:
        raise Unauthenticated("Sign in again.", code="bad_refresh_token")
    return signed_in


async def end(database: Database, refresh_token: str) -> None:
    """End the session that ``refresh_token`` belongs to; a token that is not known is fine."""
    async with database.system() as connection:
        token = await sessions.lock_token(connection, token_hash(refresh_token))
        if token is not None:
            await sessions.revoke(connection, token.session_id)


async def _rotate(connection: AsyncConnection, keys: SigningKeys, hashed: bytes) -> SignedIn | None:
    """The next pair; None, with what must be revoked revoked, where there is none."""
    token = await sessions.lock_token(connection, hashed)
    if token is None or token.is_revoked or token.is_expired:
        return None
    if token.is_used:
        await sessions.revoke(connection, token.session_id)
        await audit.record(connection, [_reuse_of(token)])
        return None
    user = await users.find(connection, token.org_id, token.user_id)
    if user is None or not user.is_active:
        return None
    await sessions.mark_used(connection, hashed)
    return await _next_pair(connection, keys, user, token.session_id)


async def _next_pair(
    connection: AsyncConnection, keys: SigningKeys, user: User, session_id: UUID
) -> SignedIn:
    await sign_ins.know_place(connection, user.org_id, user.id, user.email, networks.current())
    refresh_token = new_token()
    issued_at = await sessions.add_token(
        connection, token_hash(refresh_token), session_id, user.org_id
    )
    claims = access_tokens.AccessClaims(
        user_id=user.id,
        org_id=user.org_id,
        org_name=user.org_name,
        roles=user.roles,
        session_id=session_id,
        expires_at=access_tokens.expiry(issued_at),
        email_verified=user.email_verified_at is not None,
    )
    return SignedIn(access_tokens.issue(claims, keys.newest()), refresh_token, user)


def _reuse_of(token: sessions.RefreshToken) -> AuditEntry:
    return AuditEntry(
        token.org_id, token.user_id, "refresh_token_reused", "session", str(token.session_id)
    )
