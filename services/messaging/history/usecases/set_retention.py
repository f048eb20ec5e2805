"""Set how long an organisation's messages are kept."""

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import Forbidden
from servicekit.identity import Identity
from services.messaging.common.support.audit import audit
from services.messaging.history.storage import retention
from services.messaging.history.storage.retention import Retention

_OWNER = "owner"


class SetRetention:
    """Stores how many days an organisation keeps its messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, caller: Identity, days: int | None, if_version: int | None) -> Retention:
        """Keep the messages of the caller's organisation for `days`, or for ever if it is None.

        Raises:
            Forbidden: The caller is not an owner. Nobody else may have messages deleted.
            PreconditionFailed: Somebody changed the setting since its version `if_version`.
        """
        if _OWNER not in caller.roles:
            raise Forbidden("Only an owner of the organisation may do this.")
        org_id = caller.require_org()
        async with self._database.org(org_id) as connection:
            require_version(await retention.lock(connection, org_id), if_version)
            stored = await retention.put(connection, org_id, days)
            await audit(
                connection,
                "message_retention_changed",
                "message_retention",
                str(org_id),
                days=str(days) if days else "for ever",
            )
            return stored
