"""Hold the scheduled sends of a removed member."""

from datetime import datetime
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.common.support.audit import audit_by_platform
from services.messaging.sending.domain.scheduled_sends import MEMBER_REMOVED
from services.messaging.sending.storage import scheduled_sends


class HoldScheduled:
    """Holds scheduled sends until another member takes them over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold_of_member(self, org_id: UUID, user_id: UUID, removed_at: datetime) -> None:
        """Hold scheduled sends that a member scheduled or resumed before being removed.

        Idempotent.
        """
        async with self._database.org(org_id) as connection:
            held = await scheduled_sends.hold_of_member(connection, org_id, user_id, removed_at)
            for scheduled_id in held:
                await audit_by_platform(
                    connection,
                    org_id,
                    "scheduled_send_held",
                    ("scheduled_send", str(scheduled_id)),
                    reason=MEMBER_REMOVED,
                )
