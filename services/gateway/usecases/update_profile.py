"""Changing one's own profile."""

from collections.abc import Mapping
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise
from services.gateway.domain.users import User
from services.gateway.storage import audit, users
from services.gateway.storage.audit import AuditEntry


async def update_profile(
    database: Database, org_id: UUID, user_id: UUID, changes: Mapping[str, str]
) -> User:
    """Set ``name`` and ``phone`` where ``changes`` has them; an empty phone removes it.

    The audit log names the fields that changed, not their values: those are personal data.
    Raises ``InvalidInput`` for a phone number that is not valid.
    """
    values: dict[str, str | None] = dict(changes)
    if "phone" in changes:
        values["phone"] = _phone(changes["phone"])
    async with database.org(org_id) as connection:
        if values:
            await users.change(connection, org_id, user_id, values)
            meta = {"fields": sorted(values)}
            entry = AuditEntry(org_id, user_id, "profile_updated", "user", str(user_id), meta)
            await audit.record(connection, [entry])
        return await users.get(connection, org_id, user_id)


def _phone(given: str) -> str | None:
    if not given.strip():
        return None
    try:
        return normalise(given).e164
    except InvalidPhone as invalid:
        raise InvalidInput.of("phone", invalid.message) from None
