"""Resume a held scheduled send."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.identity import require_verified_email
from services.messaging.common.support.audit import audit
from services.messaging.sending.domain.drafts import Payer
from services.messaging.sending.domain.scheduled_sends import ScheduledSend, not_held
from services.messaging.sending.storage import scheduled_sends


class ResumeScheduled:
    """Resumes scheduled sends that are held."""

    def __init__(self, database: Database, verified_only: bool) -> None:
        self._database = database
        self._verified_only = verified_only

    async def resume(self, payer: Payer, scheduled_id: UUID) -> ScheduledSend:
        """Resume a scheduled send that is held: at its time, or now if that has passed.

        After that, `payer` pays for it.

        Raises:
            Forbidden: email_not_verified.
            NotFound: There is no scheduled send with this id.
            CrossOrgAccess: It belongs to another organisation.
            Conflict: not_held.
        """
        require_verified_email(self._verified_only)
        async with self._database.org(payer.org_id) as connection:
            resumed = await scheduled_sends.resume(
                connection, payer.org_id, scheduled_id, payer.user_id
            )
            if resumed:
                await audit(
                    connection, "scheduled_send_resumed", "scheduled_send", str(scheduled_id)
                )
            send = await scheduled_sends.find(connection, payer.org_id, scheduled_id)
        if send is None:
            raise await scheduled_sends.not_found(self._database, scheduled_id)
        if not resumed:
            raise not_held()
        return send
