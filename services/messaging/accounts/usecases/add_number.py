"""Put numbers into an organisation's messaging service, its pool of senders."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.accounts.storage import messaging_services, numbers
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.absent import number_absent, service_absent
from services.messaging.common.support.audit import audit


class AddNumber:
    """Puts numbers into messaging services. Coming again, it changes nothing."""

    def __init__(
        self, database: Database, control: TwilioControl, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts

    async def __call__(self, org_id: UUID, service_sid: str, sid: str) -> RowMapping:
        """Put the number ``sid`` into the service; the number's row.

        Raises ``NotFound`` and ``CrossOrgAccess`` for either, ``Unavailable`` and ``Refused``.
        """
        async with self._database.org(org_id) as connection:
            service = await messaging_services.find_by_sid(connection, org_id, service_sid)
            number = await numbers.find(connection, org_id, sid)
        if service is None:
            raise await service_absent(self._database, org_id, service_sid)
        if number is None:
            raise await number_absent(self._database, org_id, sid)
        if number["messaging_service_sid"] == service_sid:
            return number
        return await self._add(number, service_sid)

    async def add_all(self, org_id: UUID) -> None:
        """Put every number that is in no service into the organisation's, if it has one.

        Raises ``Unavailable`` and ``Refused``; the numbers before are in it then.
        """
        async with self._database.org(org_id) as connection:
            service = await messaging_services.find(connection, org_id)
            outside = await numbers.outside_of_services(connection, org_id)
        if service is None:
            return
        for number in outside:
            await self._add(number, service["sid"])

    async def _add(self, number: RowMapping, service_sid: str) -> RowMapping:
        org_id, sid = number["org_id"], number["sid"]
        account = await self._accounts.for_org(org_id)
        await self._control.add_to_pool(account, service_sid, sid)
        async with self._database.org(org_id) as connection:
            row = await numbers.set_service(connection, org_id, number["id"], service_sid)
            await audit(
                connection,
                "twilio_number_added",
                "twilio_number",
                sid,
                messaging_service_sid=service_sid,
            )
        self._accounts.forget(org_id)
        return row
