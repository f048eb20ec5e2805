"""Request an export of outgoing messages as a file."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.messaging.history.domain.message_filter import MessageFilter
from services.messaging.history.storage import exports
from services.messaging.history.storage.exports import Export
from services.messaging.history.support.known_ids import KnownIds


class RequestExport:
    """Stores requests for exports. A job writes the files later."""

    def __init__(self, database: Database, known_ids: KnownIds) -> None:
        self._database = database
        self._known_ids = known_ids

    async def request(self, org_id: UUID, user_id: UUID | None, wanted: MessageFilter) -> Export:
        """Return a new export, or an unfinished one with the same filter.

        Raises:
            NotFound: The campaign or the contact does not exist.
            CrossOrgAccess: The campaign or the contact belongs to another organisation.
            Conflict: too_many_exports, if too many are unfinished.
        """
        await self._known_ids.check(org_id, wanted)
        async with self._database.org(org_id) as connection:
            unfinished = await exports.lock_unfinished(connection, org_id)
            same = next((each for each in unfinished if each.wanted == wanted.to_json()), None)
            if same:
                return same
            if len(unfinished) >= exports.MAX_UNFINISHED:
                raise Conflict(
                    f"{exports.MAX_UNFINISHED} exports are already in progress. Try again when one"
                    " of them is done.",
                    "too_many_exports",
                )
            return await exports.add(connection, org_id, user_id, wanted)
