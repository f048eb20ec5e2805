"""Adds phone numbers to an organisation's messaging service, the pool that it sends from."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.accounts.storage import messaging_services, numbers
from services.messaging.accounts.storage.numbers import Number
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.audit import audit


class SenderPool:
    """Add phone numbers to messaging services. Idempotent.

    Each method raises ``Unavailable`` and ``TwilioRefused``.
    """

    def __init__(
        self, database: Database, control: TwilioControl, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts

    async def add(self, number: Number, service_sid: str) -> Number:
        """Add a phone number to a messaging service, at Twilio and in the database."""
        account = await self._accounts.for_org(number.org_id)
        await self._control.add_to_pool(account, service_sid, number.sid)
        async with self._database.org(number.org_id) as connection:
            changed = await numbers.set_service(connection, number.org_id, number.id, service_sid)
            await audit(
                connection,
                "twilio_number_added",
                "twilio_number",
                number.sid,
                messaging_service_sid=service_sid,
            )
        self._accounts.evict(number.org_id)
        return changed

    async def add_all(self, org_id: UUID) -> None:
        """Add all phone numbers without a messaging service to the organisation's own service.

        If the organisation has no messaging service, nothing happens. If a number can't be added,
        the numbers before it stay added.
        """
        async with self._database.org(org_id) as connection:
            service = await messaging_services.find(connection, org_id)
            outside = await numbers.outside_of_services(connection, org_id)
        if service is None:
            return
        for number in outside:
            await self.add(number, service.sid)
