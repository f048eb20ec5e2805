"""Cancel a retry of all failed messages of an event."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.events.storage import sms_retries
from services.campaigns.events.storage.sms_retries import SmsRetry
from services.campaigns.events.support.load_event import load_event
from services.campaigns.events.support.load_sms_retry import load_sms_retry


class CancelSmsRetry:
    """Cancels running retries of an event's failed messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cancel(self, event_id: UUID, retry_id: UUID) -> SmsRetry:
        """Cancel a retry. The messages that are being sent at this moment are still sent.

        Raises:
            CrossOrgAccess: The event or the retry belongs to another organisation.
            NotFound: The event or the retry doesn't exist.
            Forbidden: The user may not curate the event.
            Conflict: The retry isn't running.
        """
        event = await load_event(self._database, event_id, "curate")
        retry = await load_sms_retry(self._database, event.org_id, event.id, retry_id)
        async with self._database.org(event.org_id) as connection:
            cancelled = await sms_retries.finish(connection, event.org_id, retry.id, "cancelled")
        if cancelled is None:
            raise Conflict("This retry has ended already.", "retry_not_running")
        return cancelled
