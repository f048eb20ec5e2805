"""Changing an organisation's name and time zone."""

from collections.abc import Mapping

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import Identity
from servicekit.time_zones import is_time_zone
from services.gateway.storage import audit, orgs
from services.gateway.storage.audit import AuditEntry


async def update_org(
    database: Database, caller: Identity, changes: Mapping[str, str]
) -> RowMapping:
    """Set ``name`` and ``time_zone`` where ``changes`` has them; the organisation's row.

    Raises ``InvalidInput`` for a time zone that there is not.
    """
    org_id = caller.require_org()
    if "time_zone" in changes and not is_time_zone(changes["time_zone"]):
        raise InvalidInput.of("timeZone", "is not an IANA time zone, such as America/New_York")
    async with database.org(org_id) as connection:
        if changes:
            await orgs.change(connection, org_id, dict(changes))
            entry = AuditEntry(
                org_id, caller.require_user(), "org_updated", "org", str(org_id), dict(changes)
            )
            await audit.record(connection, [entry])
        return await orgs.get(connection, org_id)
