"""Issue the access and refresh tokens of sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.gateway.domain import access_tokens, clients, networks
from services.gateway.domain.opaque_tokens import new_token, token_hash
from services.gateway.domain.users import User
from services.gateway.storage import sessions, sign_ins, users
from services.gateway.storage.sessions import Issued
from services.gateway.storage.signing_keys import SigningKeys


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user with the tokens of their session.

    `expires_in` is in seconds, for the access token. The session ends at `ends_at` at the latest.
    """

    access_token: str
    refresh_token: str
    user: User
    expires_in: int
    ends_at: datetime


class SessionTokens:
    """Issue tokens. Access tokens are signed with the newest of `keys`.

    A session ends when it is `longest` old, however often it is refreshed.
    """

    def __init__(self, keys: SigningKeys, longest: timedelta) -> None:
        self._keys = keys
        self.longest = longest

    async def start_session(self, connection: AsyncConnection, user: User) -> SignedIn:
        """Start a session for `user`, and return its tokens."""
        session_id, refresh_token = new_id(), new_token()
        await sessions.start(connection, session_id, user, clients.current())
        await users.record_sign_in(connection, user.org_id, user.id)
        return await self.issue(connection, user, session_id, refresh_token)

    async def issue(
        self, connection: AsyncConnection, user: User, session_id: UUID, refresh_token: str
    ) -> SignedIn:
        """Store the next refresh token of a session, and issue an access token with it."""
        hashed = token_hash(refresh_token)
        issued = await sessions.add_token(connection, hashed, session_id, user.org_id, self.longest)
        return await self._signed_in(connection, user, session_id, refresh_token, issued)

    async def issue_again(
        self, connection: AsyncConnection, user: User, session_id: UUID, refresh_token: str
    ) -> SignedIn | None:
        """Issue an access token to return with a refresh token that is stored already.

        Several tabs that refresh at once get the same refresh token. Returns None if the session
        does not have this refresh token.
        """
        hashed = token_hash(refresh_token)
        issued = await sessions.find_token(
            connection, hashed, session_id, user.org_id, self.longest
        )
        if issued is None:
            return None
        return await self._signed_in(connection, user, session_id, refresh_token, issued)

    async def _signed_in(
        self,
        connection: AsyncConnection,
        user: User,
        session_id: UUID,
        refresh_token: str,
        issued: Issued,
    ) -> SignedIn:
        """Store the network that the user signs in from, and return the tokens."""
        await sign_ins.remember_network(
            connection, user.org_id, user.id, user.email, networks.current()
        )
        expires_at = min(access_tokens.expiry(issued.now), int(issued.ends_at.timestamp()))
        claims = access_tokens.AccessClaims(
            user_id=user.id,
            org_id=user.org_id,
            org_name=user.org_name,
            roles=user.roles,
            session_id=session_id,
            expires_at=expires_at,
            email_verified=user.email_verified_at is not None,
        )
        access_token = access_tokens.issue(claims, self._keys.newest())
        expires_in = expires_at - int(issued.now.timestamp())
        return SignedIn(access_token, refresh_token, user, expires_in, issued.ends_at)
