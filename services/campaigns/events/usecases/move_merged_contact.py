"""Move the attendees and deferred recipients of a merged contact to the kept contact."""

from servicekit import contact_merges
from servicekit.contact_merges import ContactMerge
from servicekit.db.database import Database
from services.campaigns.campaigns.storage import deferred
from services.campaigns.events.storage import merged_contacts


class MoveMergedContact:
    """Moves attendees and deferred recipients from a merged contact to the kept one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def move(self, merge: ContactMerge) -> None:
        """Move the attendees and deferred recipients of the merged contact to the kept contact.

        Idempotent; merges can arrive in any order.
        """
        async with self._database.org(merge.org_id) as connection:
            target = await contact_merges.begin(connection, merge)
            if target is None:
                return
            whose = (merge.org_id, merge.merged_id, target.contact_id)
            if target.contact_id != merge.merged_id:
                await deferred.move(connection, *whose)
                await merged_contacts.move_attendees(connection, *whose, target.phone)
            await contact_merges.finish(connection, merge)
