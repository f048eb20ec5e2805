"""Delete a contact list that no campaign needs."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.common.domain.in_use import named


class DeleteList:
    """Deletes contact lists in the name of the current user."""

    def __init__(self, database: Database, contacts: Contacts) -> None:
        self._database = database
        self._contacts = contacts

    async def delete(self, org_id: UUID, list_id: UUID) -> None:
        """Delete a list. Its contacts stay.

        A campaign that is scheduled at the same moment fails when it starts, with `list_deleted`.

        Raises:
            CrossOrgAccess: The list belongs to another organisation.
            NotFound: The list doesn't exist.
            Conflict: list_in_use while a scheduled, running or paused campaign needs it.
            Unavailable: Contacts can't be reached.
        """
        async with self._database.org(org_id) as connection:
            names, total = await campaigns.names_with_list(connection, org_id, list_id)
        if names:
            message = f"Campaigns that are not finished need this list: {named(names, total)}."
            advice = "Cancel them, or give the scheduled ones another list."
            raise Conflict(f"{message} {advice}", "list_in_use")
        await self._contacts.delete_list(list_id)
