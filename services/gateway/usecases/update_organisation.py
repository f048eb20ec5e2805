"""Change an organisation's name and time zone."""

from collections.abc import Mapping

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import Identity
from servicekit.time_zones import is_time_zone
from services.gateway.storage import audit, orgs
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.orgs import Organisation


class UpdateOrganisation:
    """Change an organisation's name and time zone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def update(self, caller: Identity, changes: Mapping[str, str]) -> Organisation:
        """Set the fields in `changes`, ``name`` and ``time_zone``.

        Raises:
            InvalidInput: The time zone does not exist.
        """
        org_id = caller.require_org()
        if "time_zone" in changes and not is_time_zone(changes["time_zone"]):
            raise InvalidInput.of("timeZone", "is not an IANA time zone, such as America/New_York")
        async with self._database.org(org_id) as connection:
            if changes:
                await orgs.change(connection, org_id, dict(changes))
                entry = AuditEntry(
                    org_id, caller.require_user(), "org_updated", "org", str(org_id), dict(changes)
                )
                await audit.record(connection, [entry])
            return await orgs.get(connection, org_id)
