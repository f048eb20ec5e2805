"""Cancel a scheduled send."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.common.support.audit import audit
from services.messaging.sending.domain.scheduled_sends import (
    ScheduledSend,
    ScheduledStatus,
    already_sent,
)
from services.messaging.sending.storage import scheduled_sends


class CancelScheduled:
    """Cancels scheduled sends that have not been sent yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cancel(self, org_id: UUID, scheduled_id: UUID) -> ScheduledSend:
        """Cancel a scheduled send. Cancelling it again changes nothing.

        Raises:
            NotFound: There is no scheduled send with this id.
            CrossOrgAccess: It belongs to another organisation.
            Conflict: already_sent.
        """
        async with self._database.org(org_id) as connection:
            cancelled = await scheduled_sends.cancel(connection, org_id, scheduled_id)
            if cancelled:
                await audit(
                    connection, "scheduled_send_cancelled", "scheduled_send", str(scheduled_id)
                )
            send = await scheduled_sends.find(connection, org_id, scheduled_id)
        if send is None:
            raise await scheduled_sends.not_found(self._database, scheduled_id)
        if send.status is not ScheduledStatus.CANCELLED:
            raise already_sent()
        return send
