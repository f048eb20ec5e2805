"""Create and revoke the API keys of an organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from servicekit.db.database import Database, violated
from servicekit.errors import Conflict, InvalidInput
from servicekit.future import require_within_two_years
from servicekit.identity import Identity
from services.gateway.domain.api_keys import key_hash, new_key, shown_part
from services.gateway.storage import access_rights, api_keys, audit, orgs
from services.gateway.storage.api_keys import ApiKey, NewApiKey
from services.gateway.storage.audit import AuditEntry
from services.gateway.support.prepare_test_mode import PrepareTestMode


@dataclass(frozen=True, slots=True)
class ApiKeyRequest:
    """The properties of a new key.

    `expires_at` is None for a key that does not expire. `is_test` makes a key for test mode.
    """

    name: str
    scopes: Sequence[str]
    expires_at: datetime | None
    is_test: bool


class ManageApiKeys:
    """Creates and revokes API keys of organisations."""

    def __init__(self, database: Database, test_mode: PrepareTestMode) -> None:
        self._database = database
        self._test_mode = test_mode

    async def create(self, caller: Identity, wanted: ApiKeyRequest) -> tuple[ApiKey, str]:
        """Create a key that acts for the caller.

        Returns:
            The key's properties and the key itself, which is not stored.

        Raises:
            InvalidInput: The expiry is in the past, or more than two years ahead.
            Conflict: api_key_name_taken.
            Forbidden: The caller's rights were taken away meanwhile.
            Unavailable: Test mode can't be prepared for a test key.
        """
        if wanted.expires_at is not None:
            _check_expiry(wanted.expires_at, datetime.now(UTC))
        if wanted.is_test:
            await self._test_mode.prepare(caller)
        secret = new_key(is_test=wanted.is_test)
        key = NewApiKey(
            org_id=caller.require_org(),
            user_id=caller.require_user(),
            name=wanted.name,
            key_hash=key_hash(secret),
            prefix=shown_part(secret),
            scopes=sorted(wanted.scopes),
            expires_at=wanted.expires_at,
            is_test=wanted.is_test,
        )
        try:
            return await self._add(caller, key), secret
        except IntegrityError as error:
            if violated(error) == "uq_api_keys_name":
                raise Conflict("Another key has this name.", code="api_key_name_taken") from None
            raise

    async def revoke(
        self, caller: Identity, org_id: UUID, key_id: UUID, reason: str | None = None
    ) -> ApiKey:
        """Revoke a key of an organisation, and return it. Operators give a reason.

        Raises:
            NotFound: There is no such key.
            CrossOrgAccess: The key belongs to another organisation.
        """
        meta = {} if reason is None else {"reason": reason}
        async with self._database.org(org_id) as connection:
            revoked = await api_keys.revoke(connection, org_id, key_id)
            if revoked:
                user_id = caller.require_user()
                entry = AuditEntry(org_id, user_id, "api_key_revoked", "api_key", str(key_id), meta)
                await audit.record(connection, [entry])
        if not revoked:
            raise await api_keys.not_found(self._database, key_id)
        return revoked

    async def _add(self, caller: Identity, key: NewApiKey) -> ApiKey:
        async with self._database.org(key.org_id) as connection:
            await orgs.lock(connection, key.org_id)
            await access_rights.require_current_role(connection, caller)
            added = await api_keys.add(connection, key)
            meta = {"name": key.name, "scopes": list(key.scopes), "test": key.is_test}
            entry = AuditEntry(
                key.org_id, key.user_id, "api_key_created", "api_key", str(added.id), meta
            )
            await audit.record(connection, [entry])
            return added


def _check_expiry(expires_at: datetime, now: datetime) -> None:
    if expires_at <= now:
        raise InvalidInput.of("expiresAt", "must be in the future")
    require_within_two_years(expires_at, now, "expiresAt")
