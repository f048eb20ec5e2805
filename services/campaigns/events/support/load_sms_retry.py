"""Load a retry of all failed messages. Raise an error if the event doesn't have it."""

from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.events.storage import sms_retries
from services.campaigns.events.storage.sms_retries import SmsRetry


async def load_sms_retry(
    database: Database, org_id: UUID, event_id: UUID, retry_id: UUID
) -> SmsRetry:
    """Return a retry of an event.

    Raises:
        CrossOrgAccess: The retry belongs to another organisation.
        NotFound: The event has no retry with this id.
    """
    async with database.org(org_id) as connection:
        retry = await sms_retries.find(connection, org_id, event_id, retry_id)
    if retry is None:
        raise await sms_retries.not_found(database, org_id, retry_id)
    return retry
