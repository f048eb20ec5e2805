"""Move what is stored for a merged contact to the contact that is kept."""

from servicekit import contact_merges
from servicekit.contact_merges import ContactMerge
from servicekit.db.database import Database
from services.messaging.inbox.storage import merged_contacts

_BATCH = 500


class MoveMergedContact:
    """Moves messages and everything else of a merged contact to the kept contact.

    These are the conversation, scheduled sends and skipped recipients of campaigns.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def move(self, merge: ContactMerge) -> None:
        """Move everything of the merged contact, in batches.

        Idempotent. Merges may be handled in any order.
        """
        while await self._move_batch(merge):
            pass

    async def _move_batch(self, merge: ContactMerge) -> bool:
        """Move a batch of messages, or finally everything else.

        Returns whether something is left.
        """
        async with self._database.org(merge.org_id) as connection:
            target = await contact_merges.begin(connection, merge)
            if target is None:
                return False
            whose = (merge.org_id, merge.merged_id, target.contact_id)
            if target.contact_id != merge.merged_id:
                if await merged_contacts.move_messages(connection, *whose, _BATCH):
                    return True
                await merged_contacts.move_others(connection, *whose)
            await contact_merges.finish(connection, merge)
            return False
