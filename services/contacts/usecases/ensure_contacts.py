"""Load the contacts of phone numbers, and create those that are missing."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from servicekit.db.database import Database
from services.contacts.domain.contacts import Name
from services.contacts.storage import recipients
from services.contacts.storage.rows import Recipient


class EnsureContacts:
    """Creates or restores contacts that are needed for messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure(
        self, org_id: UUID, phones: Collection[str], names: Mapping[str, Name]
    ) -> Sequence[Recipient]:
        """Return the contacts of ``phones``. New contacts get the names in ``names``."""
        async with self._database.org(org_id) as connection:
            return await recipients.ensure(connection, org_id, phones, names)
