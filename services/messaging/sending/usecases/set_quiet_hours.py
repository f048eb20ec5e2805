"""Set when an organisation's campaigns may text people."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from services.messaging.common.support.audit import audit
from services.messaging.sending.domain.quiet_hours import parse_quiet_hours
from services.messaging.sending.storage import quiet_hours
from services.messaging.sending.storage.quiet_hours import WrittenHours


class SetQuietHours:
    """Replaces an organisation's sending windows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(
        self, org_id: UUID, hours: WrittenHours, if_version: int | None = None
    ) -> WrittenHours:
        """Replace the sending windows, and return the stored ones.

        Deferred messages are checked against the new windows.

        Raises:
            InvalidInput: The windows are invalid.
            PreconditionFailed: Somebody changed the windows since the version `if_version`.
        """
        parse_quiet_hours(hours.enabled, hours.windows, hours.default_time_zone)
        async with self._database.org(org_id) as connection:
            require_version(await quiet_hours.lock(connection, org_id), if_version)
            await quiet_hours.lock_senders_out(connection, org_id)
            stored = await quiet_hours.put(connection, org_id, hours)
            await quiet_hours.advance(connection, org_id)
            await audit(
                connection,
                "quiet_hours_changed",
                "quiet_hours",
                str(org_id),
                enabled=hours.enabled,
            )
            await quiet_hours.announce_changed(connection, org_id)
        return stored
