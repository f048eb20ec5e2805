"""Add a phone number to an organisation's messaging service."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.accounts.storage import messaging_services, numbers
from services.messaging.accounts.storage.numbers import Number
from services.messaging.accounts.support.sender_pool import SenderPool


class AddNumberToService:
    """Add a phone number to a messaging service. Idempotent."""

    def __init__(self, database: Database, pool: SenderPool) -> None:
        self._database = database
        self._pool = pool

    async def add(self, org_id: UUID, service_sid: str, sid: str) -> Number:
        """Add the number with Twilio's id ``sid``.

        Raises:
            NotFound: The number or the messaging service does not exist.
            CrossOrgAccess: The number or the service belongs to another organisation.
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
        """
        async with self._database.org(org_id) as connection:
            service = await messaging_services.find_by_sid(connection, org_id, service_sid)
            number = await numbers.find(connection, org_id, sid)
        if service is None:
            raise await messaging_services.not_found(self._database, org_id, service_sid)
        if number is None:
            raise await numbers.not_found(self._database, org_id, sid)
        if number.messaging_service_sid == service_sid:
            return number
        return await self._pool.add(number, service_sid)
