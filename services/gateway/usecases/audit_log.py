"""Write to the audit log."""

from collections.abc import Mapping

from servicekit.bus.inbox import claim
from servicekit.bus.streams import GATEWAY_AUDIT
from servicekit.db.database import Database
from services.gateway.storage import audit
from services.gateway.storage.audit import AuditEntry


class AuditLog:
    """Writes audit entries that belong to no other transaction of the gateway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, entry: AuditEntry) -> None:
        """Write an audit entry of the gateway itself."""
        async with self._database.org(entry.org_id) as connection:
            await audit.record(connection, [entry])

    async def record_events(self, entries: Mapping[str, AuditEntry]) -> None:
        """Store the audit entries of other services, given by bus event id. Idempotent."""
        async with self._database.system() as connection:
            new = await claim(connection, GATEWAY_AUDIT.name, entries)
            await audit.record(connection, [entries[event_id] for event_id in sorted(new)])
