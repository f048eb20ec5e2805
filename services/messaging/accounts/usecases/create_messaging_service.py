"""Create an organisation's messaging service: one, however often and from wherever it is asked."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.providers.twilio_control import (
    Callbacks,
    Service,
    TwilioControl,
)
from services.messaging.accounts.storage import messaging_services
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.accounts.usecases.add_number import AddNumber
from services.messaging.common.support.audit import audit


class CreateMessagingService:
    """Creates messaging services that report to ``callbacks``."""

    def __init__(
        self,
        database: Database,
        control: TwilioControl,
        accounts: SendingAccounts,
        leases: SetupLeases,
        callbacks: Callbacks,
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts
        self._leases = leases
        self._callbacks = callbacks
        self._add_number = AddNumber(database, control, accounts)

    async def __call__(self, org_id: UUID, friendly_name: str) -> RowMapping:
        """The organisation's messaging service with all its numbers, created where it has none.

        Raises ``NotFound`` no_subaccount, ``Unavailable`` and ``Refused``.
        """
        account = await self._accounts.for_org(org_id)
        row = await self._find(org_id)
        if row is None:
            async with self._leases.held(org_id):
                row = await self._find(org_id) or await self._create(org_id, account, friendly_name)
        await self._add_number.add_all(org_id)
        return row

    async def _find(self, org_id: UUID) -> RowMapping | None:
        async with self._database.org(org_id) as connection:
            return await messaging_services.find(connection, org_id)

    async def _create(
        self, org_id: UUID, account: SendingAccount, friendly_name: str
    ) -> RowMapping:
        service = await self._left_over(account) or await self._control.create_service(
            account, friendly_name, self._callbacks
        )
        async with self._database.org(org_id) as connection:
            row = await messaging_services.add(connection, org_id, asdict(service))
            await audit(connection, "messaging_service_created", "messaging_service", service.sid)
        self._accounts.forget(org_id)
        return row

    async def _left_over(self, account: SendingAccount) -> Service | None:
        """A service that an interrupted attempt created: it reports to our address."""
        found = await self._control.services(account)
        return next(
            (s for s in found if s.inbound_request_url == self._callbacks.inbound_url), None
        )
