"""Authenticate requests by access token or API key.

A token is valid for fifteen minutes, but a user may be disabled, demoted or signed out before. So
each request also reads the caller's current rights from the database. They are never cached: a
revoked key or a changed role takes effect immediately in every process.
"""

import threading
from dataclasses import dataclass
from uuid import UUID

from cachetools import TTLCache
from flask import Request

from servicekit.db.database import Database
from servicekit.errors import Forbidden, Unauthenticated
from servicekit.identity import GATEWAY, Identity
from servicekit.modes import is_test, live_org_of, org_in_test_mode
from servicekit.web.loop_thread import LoopThread
from services.gateway.domain import access_tokens, api_keys
from services.gateway.domain.access_tokens import AccessClaims
from services.gateway.domain.users import roles_of
from services.gateway.storage import access_rights
from services.gateway.storage.access_rights import AccessRights
from services.gateway.storage.signing_keys import SigningKeys
from smsblaster.options.v1 import access_pb2

API_KEY_HEADER = "X-Api-Key"
# Verifying a signature takes half a millisecond, and its result never changes.
_VERIFIED_SECONDS = 60.0
_MAX_VERIFIED = 10_000


@dataclass(frozen=True, slots=True)
class Authenticated:
    """An authenticated caller.

    `scopes` are those of an API key, None for a session. `session_id` is None for an API key, and
    `api_key_id` for a session.
    `lacks_second_factor` is True if the user must first set up a second factor, and False for API
    keys. `org_is_closed` tells whether the organisation is closed.
    """

    identity: Identity
    scopes: frozenset[str] | None
    session_id: UUID | None = None
    lacks_second_factor: bool = False
    api_key_id: UUID | None = None
    org_is_closed: bool = False

    def require_usable(self, access: access_pb2.Access) -> None:
        """Raise `Forbidden` if something must be done before a method with these rules is called.

        The code is second_factor_required or organisation_closed.
        """
        if self.lacks_second_factor and not access.without_second_factor:
            raise Forbidden(
                "Two-step sign-in is required. Set it up in your account to continue.",
                code="second_factor_required",
            )
        if self.org_is_closed and not access.while_closed:
            raise Forbidden(
                "Your organisation is closed. An owner can reopen it until its data are deleted.",
                code="organisation_closed",
            )


class Authentication:
    """Authenticate requests.

    If `operators_need_second_factor`, operators need a second factor even where their organisation
    does not require it.
    """

    def __init__(
        self,
        loop: LoopThread,
        database: Database,
        keys: SigningKeys,
        *,
        operators_need_second_factor: bool,
    ) -> None:
        self._operators_need_it = operators_need_second_factor
        self._loop = loop
        self._database = database
        self._keys = keys
        self._verified: TTLCache[str, AccessClaims] = TTLCache(_MAX_VERIFIED, _VERIFIED_SECONDS)
        self._verified_lock = threading.Lock()

    def identify(self, request: Request) -> Authenticated | None:
        """Return the caller, or None if there is no token or key. Raises `Unauthenticated`."""
        credential = _credential(request)
        if credential is None:
            return None
        session_id = None
        if credential.startswith(api_keys.PREFIX):
            rights = self._of_api_key(credential)
            is_in_test = rights.is_test
        else:
            claims = self._claims(credential)
            rights, session_id = self._of_session(claims), claims.session_id
            is_in_test = is_test(claims.org_id)
        identity = Identity(
            GATEWAY,
            org_id=org_in_test_mode(rights.org_id) if is_in_test else rights.org_id,
            user_id=rights.user_id,
            org_name=rights.org_name,
            roles=frozenset(roles_of(rights.role, is_operator=rights.is_operator)),
            email_verified=rights.email_verified,
            org_time_zone=rights.org_time_zone,
            may_send=rights.scopes is None or api_keys.SEND in rights.scopes,
            email=rights.email,
        )
        lacks = session_id is not None and self._lacks_second_factor(rights)
        return Authenticated(
            identity, rights.scopes, session_id, lacks, rights.api_key_id, rights.org_is_closed
        )

    def _lacks_second_factor(self, rights: AccessRights) -> bool:
        is_required = rights.second_factor_required or (
            rights.is_operator and self._operators_need_it
        )
        return is_required and not rights.has_second_factor

    def _of_session(self, claims: AccessClaims) -> AccessRights:
        rights = self._loop.run(self._ask_session(claims))
        if rights is None:
            raise Unauthenticated("This session has ended. Sign in again.")
        if not claims.is_valid_at(rights.as_of):
            raise Unauthenticated("The access token has expired.")
        return rights

    def _of_api_key(self, key: str) -> AccessRights:
        rights = self._loop.run(self._ask_key(api_keys.key_hash(key)))
        if rights is None:
            raise Unauthenticated("The API key is invalid, expired or revoked.")
        return rights

    def _claims(self, token: str) -> AccessClaims:
        """Return the claims of `token`. Raises `Unauthenticated`."""
        with self._verified_lock:
            claims = self._verified.get(token)
        if claims is None:
            claims = access_tokens.verify(token, self._keys.find)
            with self._verified_lock:
                self._verified[token] = claims
        return claims

    async def _ask_session(self, claims: AccessClaims) -> AccessRights | None:
        org_id = live_org_of(claims.org_id)
        async with self._database.org(org_id) as connection:
            return await access_rights.of_session(
                connection, org_id, claims.user_id, claims.session_id
            )

    async def _ask_key(self, key_hash: bytes) -> AccessRights | None:
        async with self._database.system() as connection:
            return await access_rights.of_api_key(connection, key_hash)


def _credential(request: Request) -> str | None:
    """Return the access token or API key of `request`. Raises `Unauthenticated`."""
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
        raise Unauthenticated("The API key is invalid, expired or revoked.")
    return key
