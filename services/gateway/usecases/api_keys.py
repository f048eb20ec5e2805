"""Making and revoking API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError

from servicekit.db.database import Database, violated
from servicekit.errors import Conflict, InvalidInput
from servicekit.future import require_within_two_years
from servicekit.identity import Identity
from services.gateway.domain.api_keys import new_key, shown_part
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.storage import api_keys, audit, orgs
from services.gateway.storage.api_keys import NewApiKey
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.tables import api_keys as api_keys_table
from services.gateway.usecases import take_back


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What a new key shall be. ``expires_at`` is None for one that is good for ever."""

    name: str
    scopes: Sequence[str]
    expires_at: datetime | None


async def create(database: Database, caller: Identity, wish: KeyWish) -> tuple[RowMapping, str]:
    """Make a key that acts for the caller; its row and the key itself, which is not kept.

    Raises ``InvalidInput`` for an expiry in the past or in more than two years, and ``Conflict``
    (api_key_name_taken).
    """
    if wish.expires_at is not None:
        _check_expiry(wish.expires_at, datetime.now(UTC))
    secret = new_key()
    key = NewApiKey(
        org_id=caller.require_org(),
        user_id=caller.require_user(),
        name=wish.name,
        key_hash=token_hash(secret),
        prefix=shown_part(secret),
        scopes=sorted(wish.scopes),
        expires_at=wish.expires_at,
    )
    try:
        return await _add(database, caller, key), secret
    except IntegrityError as error:
        if violated(error) == "uq_api_keys_name":
            raise Conflict("Another key has this name.", code="api_key_name_taken") from None
        raise


def _check_expiry(expires_at: datetime, now: datetime) -> None:
    if expires_at <= now:
        raise InvalidInput.of("expiresAt", "must be in the future")
    require_within_two_years(expires_at, now, "expiresAt")


async def _add(database: Database, caller: Identity, key: NewApiKey) -> RowMapping:
    async with database.org(key.org_id) as connection:
        await orgs.lock(connection, key.org_id)
        await take_back.require_still(connection, caller)
        row = await api_keys.add(connection, key)
        meta = {"name": key.name, "scopes": list(key.scopes)}
        entry = AuditEntry(
            key.org_id, key.user_id, "api_key_created", "api_key", str(row["id"]), meta
        )
        await audit.record(connection, [entry])
        return row


async def revoke(database: Database, caller: Identity, key_id: UUID) -> None:
    """Revoke a key. Raises ``NotFound`` and ``CrossOrgAccess``."""
    org_id = caller.require_org()
    async with database.org(org_id) as connection:
        revoked = await api_keys.revoke(connection, org_id, key_id)
        if revoked:
            entry = AuditEntry(
                org_id, caller.require_user(), "api_key_revoked", "api_key", str(key_id)
            )
            await audit.record(connection, [entry])
    if not revoked:
        condition = api_keys_table.c.id == key_id
        raise await database.not_found(api_keys_table, condition, "api key")
