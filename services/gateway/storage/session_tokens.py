"""Issue the access and refresh tokens of sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from servicekit.modes import org_in_test_mode
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


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token. `expires_in` is in seconds."""

    token: str
    expires_in: int


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
        access = self._access_token(user, user.org_id, session_id, issued)
        return SignedIn(access.token, refresh_token, user, access.expires_in, issued.ends_at)

    async def issue_for_test(
        self, connection: AsyncConnection, user: User, session_id: UUID
    ) -> AccessToken:
        """Issue an access token of a user's session that is in test mode.

        The token names the test organisation. A process of a release without test mode looks for
        the user in that organisation, finds none, and refuses the token.
        """
        issued = await sessions.issued_now(connection, session_id, user.org_id, self.longest)
        return self._access_token(user, org_in_test_mode(user.org_id), session_id, issued)

    def _access_token(
        self, user: User, org_id: UUID, session_id: UUID, issued: Issued
    ) -> AccessToken:
        expires_at = min(access_tokens.expiry(issued.now), int(issued.ends_at.timestamp()))
        claims = access_tokens.AccessClaims(
            user_id=user.id,
            org_id=org_id,
            org_name=user.org_name,
            roles=user.roles,
            session_id=session_id,
            expires_at=expires_at,
            email_verified=user.email_verified_at is not None,
        )
        access_token = access_tokens.issue(claims, self._keys.newest())
        return AccessToken(access_token, expires_at - int(issued.now.timestamp()))
