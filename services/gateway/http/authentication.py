"""Who is calling: the access token, and whether user and session are still good.

A token alone lives for fifteen minutes; a user who is disabled, demoted or signed out must not.
So each request also asks the database, whose answer is kept for a second: that bounds both the
load of a busy client and the time that a dead session lives on.
"""

import time
from functools import partial
from uuid import UUID

from flask import Request

from servicekit.db.database import Database
from servicekit.edge import LoopThread
from servicekit.errors import Unauthenticated
from servicekit.identity import GATEWAY, Identity
from services.gateway.domain import access_tokens
from services.gateway.domain.access_tokens import AccessClaims
from services.gateway.domain.users import roles_of
from services.gateway.http.kept import Kept
from services.gateway.storage import sessions
from services.gateway.storage.sessions import Standing
from services.gateway.storage.signing_keys import SigningKeys

_STANDING_SECONDS = 1.0
# A signature costs half a millisecond to verify; it does not change.
_VERIFIED_SECONDS = 60.0


class Authentication:
    """Finds out who sent a request."""

    def __init__(self, loop: LoopThread, database: Database, keys: SigningKeys) -> None:
        self._loop = loop
        self._database = database
        self._keys = keys
        self._verified: Kept[str, AccessClaims] = Kept(_VERIFIED_SECONDS)
        self._standings: Kept[tuple[UUID, UUID], Standing | None] = Kept(_STANDING_SECONDS)

    def identify(self, request: Request) -> Identity | None:
        """The caller; None without an Authorization header. Raises ``Unauthenticated``."""
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send Authorization: Bearer <access token>.")
        claims = self._claims(token.strip())
        standing = self._standing(claims)
        if standing is None:
            raise Unauthenticated("This session has ended. Sign in again.")
        return Identity(
            GATEWAY,
            org_id=standing.org_id,
            user_id=claims.user_id,
            org_name=claims.org_name,
            roles=frozenset(roles_of(standing.role, is_operator=standing.is_operator)),
        )

    def _claims(self, token: str) -> AccessClaims:
        """What ``token`` claims. Raises ``Unauthenticated``."""
        find = partial(access_tokens.verify, token, self._keys.find)
        claims = self._verified.get(token, find)
        if claims.expires_at <= time.time():
            raise Unauthenticated("The access token has expired.")
        return claims

    def _standing(self, claims: AccessClaims) -> Standing | None:
        return self._standings.get(
            (claims.user_id, claims.session_id), lambda: self._loop.run(self._ask(claims))
        )

    async def _ask(self, claims: AccessClaims) -> Standing | None:
        async with self._database.org(claims.org_id) as connection:
            return await sessions.standing(
                connection, claims.org_id, claims.user_id, claims.session_id
            )
