"""Start and cancel changes of all contacts that match a filter."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.audit import Act, record
from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.contacts.domain.bulk_changes import NewBulkChange, checked
from services.contacts.domain.search import require_words
from services.contacts.storage import bulk_changes, lists
from services.contacts.storage.rows import BulkChange
from services.contacts.support.segments import own_members_list

_MAX_UNFINISHED = 10
_TOO_MANY = f"{_MAX_UNFINISHED} bulk changes are unfinished. Try again when one of them is done."


class StartBulkChange:
    """Creates bulk changes, which a worker runs, and cancels them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, org_id: UUID, wanted: NewBulkChange) -> BulkChange:
        """Create a bulk change, with an audit entry.

        Raises:
            InvalidInput: the action's tags or list are missing, or the search has no words.
            NotFound, CrossOrgAccess: the organisation doesn't have a list.
            Conflict: too many bulk changes are unfinished, or the list to change is a segment.
        """
        change = checked(wanted)
        require_words(change.filter.search)
        user_id = identity.current().user_id
        async with self._database.org(org_id) as connection:
            missing = await _missing_list(connection, org_id, change)
            if missing is None:
                await bulk_changes.lock_additions(connection, org_id)
                if await bulk_changes.count_unfinished(connection, org_id) >= _MAX_UNFINISHED:
                    raise Conflict(_TOO_MANY, "too_many_bulk_changes")
                created = await bulk_changes.add(connection, org_id, user_id, change)
                meta = {"action": change.action, "expectedCount": change.expected_count}
                entity = ("bulk_change", str(created.id))
                act = Act(org_id, user_id, "bulk_change_started", entity, meta)
                await record(connection, "contacts", act)
                return created
        raise await lists.not_found(self._database, org_id, missing)

    async def cancel(self, org_id: UUID, change_id: UUID) -> BulkChange:
        """Cancel a bulk change and return it. Contacts that it has changed stay changed.

        Idempotent.

        Raises ``NotFound``, ``CrossOrgAccess``, or ``Conflict`` if the bulk change is finished.
        """
        async with self._database.org(org_id) as connection:
            await bulk_changes.cancel(connection, org_id, change_id)
            change = await bulk_changes.find(connection, org_id, change_id)
        if change is None:
            raise await bulk_changes.not_found(self._database, org_id, change_id)
        if change.status != "cancelled":
            raise Conflict("This bulk change has already finished.", "bulk_change_finished")
        return change


async def _missing_list(
    connection: AsyncConnection, org_id: UUID, change: NewBulkChange
) -> UUID | None:
    """Return the list that a bulk change refers to if it doesn't exist, else None.

    Raises ``Conflict`` if the list to change is a segment.
    """
    if await lists.is_missing(connection, org_id, change.filter.list_id):
        return change.filter.list_id
    if not await own_members_list(connection, org_id, change.list_id):
        return change.list_id
    return None
