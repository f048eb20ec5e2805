"""Prepare a test organisation to send."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Forbidden
from servicekit.modes import is_test
from services.messaging.accounts.storage import senders_in_test_mode


class PrepareTestAccount:
    """Adds a number and a messaging service that exist only on this platform."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prepare(self, org_id: UUID) -> None:
        """Prepare the test organisation ``org_id``. Idempotent.

        Raises:
            Forbidden: The organisation is a live one.
        """
        if not is_test(org_id):
            raise Forbidden("Only a test organisation gets a number of test mode.")
        async with self._database.system() as connection:
            await senders_in_test_mode.prepare(connection, org_id)
