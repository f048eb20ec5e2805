"""Issue the access and refresh tokens of sessions."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.gateway.domain import access_tokens, networks
from services.gateway.domain.opaque_tokens import new_token, token_hash
from services.gateway.domain.users import User
from services.gateway.storage import sessions, sign_ins, users
from services.gateway.storage.signing_keys import SigningKeys


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user with the tokens of their session."""

    access_token: str
    refresh_token: str
    user: User


class SessionTokens:
    """Issue tokens. Access tokens are signed with the newest of `keys`."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    async def start_session(self, connection: AsyncConnection, user: User) -> SignedIn:
        """Start a session for `user`."""
        session_id = new_id()
        await sessions.start(connection, session_id, user.id, user.org_id)
        await users.record_sign_in(connection, user.org_id, user.id)
        return await self.issue(connection, user, session_id)

    async def issue(self, connection: AsyncConnection, user: User, session_id: UUID) -> SignedIn:
        """Issue a new pair of tokens for a session, and remember the user's network."""
        await sign_ins.remember_network(
            connection, user.org_id, user.id, user.email, networks.current()
        )
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
        return SignedIn(access_tokens.issue(claims, self._keys.newest()), refresh_token, user)
