"""Exchange refresh tokens for new ones, and end sessions."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Unauthenticated
from services.gateway.domain import clients
from services.gateway.domain.opaque_tokens import successor_of, token_hash
from services.gateway.domain.users import User
from services.gateway.storage import audit, sessions, users
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.session_tokens import SessionTokens, SignedIn
from services.gateway.storage.sessions import RefreshToken


class Sessions:
    """Exchanges refresh tokens, detects their reuse, and ends sessions.

    New refresh tokens are computed with the first of `keys`. Older tokens may have been computed
    with any of them.
    """

    def __init__(self, database: Database, tokens: SessionTokens, keys: Sequence[bytes]) -> None:
        self._database = database
        self._tokens = tokens
        self._keys = keys

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Exchange a refresh token for a new pair of tokens.

        Within the grace period, all requests with one token get the same new refresh token. A
        token that is used again later has leaked, so the whole session ends.

        Raises:
            Unauthenticated: bad_refresh_token.
        """
        async with self._database.system() as connection:
            signed_in = await self._rotate(connection, refresh_token)
        if signed_in is None:
            raise Unauthenticated(
                "This session has ended. Sign in again.", code="bad_refresh_token"
            )
        return signed_in

    async def end(self, refresh_token: str) -> None:
        """End the session of a refresh token. An unknown token is ignored."""
        async with self._database.system() as connection:
            token = await self._lock(connection, refresh_token)
            if token is None or token.is_revoked:
                return
            await sessions.revoke(connection, token.session_id)
            await audit.record(connection, [_entry(token, "signed_out")])

    async def _lock(self, connection: AsyncConnection, refresh_token: str) -> RefreshToken | None:
        hashed = token_hash(refresh_token)
        return await sessions.lock_token(connection, hashed, self._tokens.longest)

    async def _rotate(self, connection: AsyncConnection, refresh_token: str) -> SignedIn | None:
        """Return the next pair of tokens, or None if the token can't be used."""
        token = await self._lock(connection, refresh_token)
        if token is None or token.is_revoked or token.is_expired:
            return None
        if token.is_used and not token.is_in_grace:
            await sessions.revoke(connection, token.session_id)
            await audit.record(connection, [_entry(token, "refresh_token_reused")])
            return None
        user = await users.find(connection, token.org_id, token.user_id)
        if user is None or not user.is_active:
            return None
        if token.is_used:
            return await self._issued_before(connection, user, token, refresh_token)
        await sessions.mark_used(connection, token_hash(refresh_token))
        await sessions.record_use(connection, token.org_id, token.session_id, clients.current())
        successor = successor_of(refresh_token, self._keys[0])
        return await self._tokens.issue(connection, user, token.session_id, successor)

    async def _issued_before(
        self, connection: AsyncConnection, user: User, token: RefreshToken, refresh_token: str
    ) -> SignedIn | None:
        """Return the same tokens as another request that has just used this refresh token.

        Returns None if they are not known.
        """
        for key in self._keys:
            successor = successor_of(refresh_token, key)
            found = await self._tokens.issue_again(connection, user, token.session_id, successor)
            if found is not None:
                return found
        return None


def _entry(token: RefreshToken, action: str) -> AuditEntry:
    meta = clients.current().details()
    return AuditEntry(token.org_id, token.user_id, action, "session", str(token.session_id), meta)
