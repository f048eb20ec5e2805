"""Refresh and end sessions."""

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Unauthenticated
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.storage import audit, sessions, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.session_tokens import SessionTokens, SignedIn


class Sessions:
    """Exchange refresh tokens, detect their reuse, and end sessions."""

    def __init__(self, database: Database, tokens: SessionTokens) -> None:
        self._database = database
        self._tokens = tokens

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Exchange a refresh token for a new pair of tokens.

        A token that is used a second time has leaked, so the whole session ends. Of two
        simultaneous requests with one token, the second counts as such a reuse.

        Raises:
            Unauthenticated: bad_refresh_token.
        """
        async with self._database.system() as connection:
            signed_in = await self._rotate(connection, token_hash(refresh_token))
        if signed_in is None:
            raise Unauthenticated(
                "This session has ended. Sign in again.", code="bad_refresh_token"
            )
        return signed_in

    async def end(self, refresh_token: str) -> None:
        """End the session of a refresh token. An unknown token is ignored."""
        async with self._database.system() as connection:
            token = await sessions.lock_token(connection, token_hash(refresh_token))
            if token is not None:
                await sessions.revoke(connection, token.session_id)

    async def _rotate(self, connection: AsyncConnection, hashed: bytes) -> SignedIn | None:
        """Return the next pair of tokens, or None if the token can't be used."""
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
        return await self._tokens.issue(connection, user, token.session_id)


def _reuse_of(token: sessions.RefreshToken) -> AuditEntry:
    return AuditEntry(
        token.org_id, token.user_id, "refresh_token_reused", "session", str(token.session_id)
    )
