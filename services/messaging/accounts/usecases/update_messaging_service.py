"""Change the settings of an organisation's messaging service, at Twilio and in our database."""

from collections.abc import Mapping
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.accounts.storage import messaging_services
from services.messaging.accounts.storage.messaging_services import MessagingService
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.audit import audit


class UpdateMessagingService:
    """Change settings of messaging services."""

    def __init__(
        self, database: Database, control: TwilioControl, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts

    async def update(self, org_id: UUID, sid: str, changes: Mapping[str, bool]) -> MessagingService:
        """Change ``sticky_sender`` or ``smart_encoding``, or both.

        Raises:
            NotFound: There is no such messaging service.
            CrossOrgAccess: The messaging service belongs to another organisation.
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
        """
        async with self._database.org(org_id) as connection:
            service = await messaging_services.find_by_sid(connection, org_id, sid)
        if service is None:
            raise await messaging_services.not_found(self._database, org_id, sid)
        if not changes:
            return service
        account = await self._accounts.for_org(org_id)
        await self._control.update_service(account, sid, changes)
        async with self._database.org(org_id) as connection:
            changed = await messaging_services.change(connection, org_id, sid, changes)
            await audit(
                connection, "messaging_service_updated", "messaging_service", sid, **changes
            )
        return changed
