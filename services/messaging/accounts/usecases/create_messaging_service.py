"""Create an organisation's messaging service. Concurrent requests create only one."""

from dataclasses import asdict
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.providers.twilio_control import (
    Callbacks,
    TwilioControl,
    TwilioService,
)
from services.messaging.accounts.storage import messaging_services
from services.messaging.accounts.storage.messaging_services import MessagingService
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.sender_pool import SenderPool
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.support.audit import audit


class CreateMessagingService:
    """Create messaging services that send their webhooks to ``callbacks``. Idempotent."""

    def __init__(
        self,
        database: Database,
        control: TwilioControl,
        accounts: SendingAccounts,
        leases: SetupLeases,
        callbacks: Callbacks,
        pool: SenderPool,
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts
        self._leases = leases
        self._callbacks = callbacks
        self._pool = pool

    async def create(self, org_id: UUID, friendly_name: str) -> MessagingService:
        """Create the messaging service if the organisation has none, and add all its phone numbers.

        Raises:
            NotFound: no_subaccount.
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
        """
        account = await self._accounts.for_org(org_id)
        service = await self._find(org_id)
        if service is None:
            async with self._leases.acquire(org_id):
                service = await self._find(org_id) or await self._create(
                    org_id, account, friendly_name
                )
        await self._pool.add_all(org_id)
        return service

    async def _find(self, org_id: UUID) -> MessagingService | None:
        async with self._database.org(org_id) as connection:
            return await messaging_services.find(connection, org_id)

    async def _create(
        self, org_id: UUID, account: SendingAccount, friendly_name: str
    ) -> MessagingService:
        created = await self._left_over(account) or await self._control.create_service(
            account, friendly_name, self._callbacks
        )
        async with self._database.org(org_id) as connection:
            service = await messaging_services.add(connection, org_id, asdict(created))
            await audit(connection, "messaging_service_created", "messaging_service", created.sid)
        self._accounts.evict(org_id)
        return service

    async def _left_over(self, account: SendingAccount) -> TwilioService | None:
        """Return the service that an interrupted attempt created: it has our callback URL."""
        found = await self._control.services(account)
        return next(
            (s for s in found if s.inbound_request_url == self._callbacks.inbound_url), None
        )
