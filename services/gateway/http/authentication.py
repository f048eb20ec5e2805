"""Who is calling: the access token or API key, and whether user and session are still good.

A token alone lives for fifteen minutes; a user who is disabled, demoted or signed out must not.
So each request also asks the database. Nothing of its answer is kept: once a key is revoked or a
role is changed, no process accepts what was true before.
"""

import threading
from dataclasses import dataclass

from cachetools import TTLCache
from flask import Request

from servicekit.db.database import Database
from servicekit.errors import Unauthenticated
from servicekit.identity import GATEWAY, Identity
from servicekit.web.loop_thread import LoopThread
from services.gateway.domain import access_tokens, api_keys
from services.gateway.domain.access_tokens import AccessClaims
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.domain.users import roles_of
from services.gateway.storage import standings
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.storage.standings import Standing

API_KEY_HEADER = "X-Api-Key"
# A signature costs half a millisecond to verify; it does not change.
_VERIFIED_SECONDS = 60.0
_MAX_VERIFIED = 10_000


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who calls. ``scopes`` are the API key's; None for a session, which its role alone binds."""

    identity: Identity
    scopes: frozenset[str] | None


class Authentication:
    """Finds out who sent a request."""

    def __init__(self, loop: LoopThread, database: Database, keys: SigningKeys) -> None:
        self._loop = loop
        self._database = database
        self._keys = keys
        self._verified: TTLCache[str, AccessClaims] = TTLCache(_MAX_VERIFIED, _VERIFIED_SECONDS)
        self._verified_lock = threading.Lock()

    def identify(self, request: Request) -> Authenticated | None:
        """The caller; None without token and key. Raises ``Unauthenticated``."""
        credential = _credential(request)
        if credential is None:
            return None
        is_key = credential.startswith(api_keys.PREFIX)
        standing = self._of_api_key(credential) if is_key else self._of_session(credential)
        identity = Identity(
            GATEWAY,
            org_id=standing.org_id,
            user_id=standing.user_id,
            org_name=standing.org_name,
            roles=frozenset(roles_of(standing.role, is_operator=standing.is_operator)),
            email_verified=standing.email_verified,
            org_time_zone=standing.org_time_zone,
            may_send=standing.scopes is None or api_keys.SEND in standing.scopes,
            email=standing.email,
        )
        return Authenticated(identity, standing.scopes)

    def _of_session(self, token: str) -> Standing:
        claims = self._claims(token)
        standing = self._loop.run(self._ask_session(claims))
        if standing is None:
            raise Unauthenticated("This session has ended. Sign in again.")
        if not claims.is_good_at(standing.as_of):
            raise Unauthenticated("The access token has expired.")
        return standing

    def _of_api_key(self, key: str) -> Standing:
        standing = self._loop.run(self._ask_key(token_hash(key)))
        if standing is None:
            raise Unauthenticated("The API key is not valid, or no longer so.")
        return standing

    def _claims(self, token: str) -> AccessClaims:
        """What ``token`` claims. Raises ``Unauthenticated``."""
        with self._verified_lock:
            claims = self._verified.get(token)
        if claims is None:
            claims = access_tokens.verify(token, self._keys.find)
            with self._verified_lock:
                self._verified[token] = claims
        return claims

    async def _ask_session(self, claims: AccessClaims) -> Standing | None:
        async with self._database.org(claims.org_id) as connection:
            return await standings.of_session(
                connection, claims.org_id, claims.user_id, claims.session_id
            )

    async def _ask_key(self, key_hash: bytes) -> Standing | None:
        async with self._database.system() as connection:
            return await standings.of_api_key(connection, key_hash)


def _credential(request: Request) -> str | None:
    """The access token or API key that ``request`` bears. Raises ``Unauthenticated``."""
    header = request.headers.get("Authorization")
    if header is None:
        return _api_key(request)
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated("Send Authorization: Bearer <access token or API key>.")
    return credential.strip()


def _api_key(request: Request) -> str | None:
    key = request.headers.get(API_KEY_HEADER)
    if key is not None and not key.startswith(api_keys.PREFIX):
        raise Unauthenticated("The API key is not valid, or no longer so.")
    return key
