"""Change the settings of an organisation's messaging service, at Twilio and in our database."""

from collections.abc import Mapping
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.accounts.storage import messaging_services
from services.messaging.accounts.storage.messaging_services import MessagingService
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.support.audit import audit


class UpdateMessagingService:
    """Change settings of messaging services."""

    def __init__(
        self,
        database: Database,
        control: TwilioControl,
        accounts: SendingAccounts,
        leases: SetupLeases,
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts
        self._leases = leases

    async def update(
        self, org_id: UUID, sid: str, changes: Mapping[str, bool], if_version: int | None = None
    ) -> MessagingService:
        """Change ``sticky_sender`` or ``smart_encoding`` of a messaging service, or both.

        Requests of one organisation are handled one after the other, so that each sees the version
        that the previous request has stored.

        Raises:
            NotFound: There is no such messaging service.
            CrossOrgAccess: The messaging service belongs to another organisation.
            PreconditionFailed: Somebody changed the settings since the version ``if_version``.
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
        """
        service = await self._load(org_id, sid)
        if not changes:
            require_version(service.versions, if_version)
            return service
        async with self._leases.acquire(org_id):
            require_version((await self._load(org_id, sid)).versions, if_version)
            return await self._change(org_id, sid, changes)

    async def _load(self, org_id: UUID, sid: str) -> MessagingService:
        async with self._database.org(org_id) as connection:
            service = await messaging_services.find_by_sid(connection, org_id, sid)
        if service is None:
            raise await messaging_services.not_found(self._database, org_id, sid)
        return service

    async def _change(
        self, org_id: UUID, sid: str, changes: Mapping[str, bool]
    ) -> MessagingService:
        account = await self._accounts.for_org(org_id)
        await self._control.update_service(account, sid, changes)
        async with self._database.org(org_id) as connection:
            changed = await messaging_services.change(connection, org_id, sid, changes)
            await audit(
                connection, "messaging_service_updated", "messaging_service", sid, **changes
            )
        return changed
