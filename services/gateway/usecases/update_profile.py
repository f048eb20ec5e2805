"""Change the caller's own name and phone number."""

from collections.abc import Mapping
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise
from services.gateway.domain.users import User
from services.gateway.storage import audit, users
from services.gateway.storage.audit import AuditEntry


class UpdateProfile:
    """Changes a user's name and phone number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def update(
        self,
        org_id: UUID,
        user_id: UUID,
        changes: Mapping[str, str],
        if_version: int | None = None,
    ) -> User:
        """Set the fields in `changes`: ``name`` and ``phone``.

        An empty `phone` removes the phone number.

        The audit entry contains the changed fields' names but not their values, which are personal
        data.

        Raises:
            InvalidInput: The phone number is not valid.
            PreconditionFailed: Somebody has changed the profile since its version `if_version`.
        """
        values: dict[str, str | None] = dict(changes)
        if "phone" in changes:
            values["phone"] = _phone(changes["phone"])
        async with self._database.org(org_id) as connection:
            before = await users.lock(connection, org_id, user_id)
            require_version(before.versions, if_version)
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
