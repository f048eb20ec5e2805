"""Delete everything of a closed organisation: its Twilio subaccount, its files and its rows."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.org_rows import DeleteOrgRows
from servicekit.disks import on_disk
from servicekit.errors import NotFound
from servicekit.removals import Removed
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.accounts.storage import numbers, subaccounts
from services.messaging.common.storage import files
from services.messaging.common.storage.files import Place
from services.messaging.common.storage.org_tables import TABLES
from services.messaging.sending.storage import refunds


class DeleteOrganisation:
    """Closes the Twilio subaccount, which gives its numbers back, and deletes files and rows.

    Args:
        twilio: Closes subaccounts.
        folders: The folders that have a folder with files for each organisation.
    """

    def __init__(
        self, database: Database, twilio: TwilioAccounts, folders: Sequence[Place]
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._folders = folders
        self._rows = DeleteOrgRows(database, TABLES)

    async def delete(self, org_id: UUID, cursor: str) -> Removed:
        """Close the subaccount first, then delete a part of the rows. Idempotent.

        Raises:
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
        """
        if cursor:
            return await self._rows.delete(org_id, cursor)
        async with self._database.org(org_id) as connection:
            if await refunds.any_due(connection, org_id):
                return Removed(done=False, waiting_for="Messages are being refunded.")
            account = await subaccounts.find(connection, org_id)
            released = len(await numbers.owned(connection, org_id)) if account else 0
        if account:
            with suppress(NotFound):  # it was closed long ago, and Twilio has deleted it
                await self._twilio.close_account(account.sub_account_sid)
        for folder in self._folders:
            await on_disk(files.remove_folder, folder / str(org_id))
        counts = {"twilio_subaccounts_closed": 1, "numbers_released": released} if account else {}
        return Removed(counts, done=False, cursor="0")
