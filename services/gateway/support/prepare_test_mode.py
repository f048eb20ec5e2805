"""Prepare test mode for an organisation, when it is first wanted."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.identity import Identity, acting_as
from services.gateway.providers.account_preparation import AccountPreparation
from services.gateway.storage import audit, orgs
from services.gateway.storage.audit import AuditEntry


class PrepareTestMode:
    """Adds test organisations, with a number to send from."""

    def __init__(self, database: Database, accounts: AccountPreparation) -> None:
        self._database = database
        self._accounts = accounts

    async def prepare(self, caller: Identity, *, without_messaging: bool = False) -> None:
        """Prepare test mode for the caller's organisation. Idempotent.

        With `without_messaging`, an outage of messaging raises no error if the test organisation
        exists already. If messaging has not prepared it before, the next call does so.

        Raises:
            Unavailable: Messaging does not answer. Calling this again continues.
        """
        org_id, user_id = caller.require_org(), caller.require_user()
        async with self._database.system() as connection:
            is_new = await orgs.add_test_org(connection, org_id)
            if is_new:
                await audit.record(connection, [_entry(org_id, user_id)])
        try:
            with acting_as(caller.in_test_mode()):
                await self._accounts.prepare()
        except Unavailable:
            if is_new or not without_messaging:
                raise


def _entry(org_id: UUID, user_id: UUID) -> AuditEntry:
    return AuditEntry(org_id, user_id, "test_mode_started", "org", str(org_id))
