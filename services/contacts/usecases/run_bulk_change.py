"""Run a bulk change of all contacts that match a filter.

The matching contacts are found once and stored. If their count is not what the caller expects,
nothing is changed. Otherwise they are changed in batches. Each batch and the progress are stored in
one transaction. If the worker dies, the next worker continues after the last batch.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.audit import Act, record
from servicekit.db.database import Database
from servicekit.errors import NotFound
from services.contacts.domain.bulk_changes import (
    BATCH,
    NewBulkChange,
    differs_too_much,
    refusal_of,
)
from services.contacts.domain.contacts import TagChange
from services.contacts.storage import bulk_changes, contacts, lists, opt_status, tags
from services.contacts.storage.bulk_changes import Lease
from services.contacts.support.segments import with_segment


class RunBulkChange:
    """Runs bulk changes. Each batch extends the lease by ``lease_seconds``."""

    def __init__(self, database: Database, lease_seconds: float) -> None:
        self._database = database
        self._lease_seconds = lease_seconds

    async def run(self, lease: Lease) -> None:
        """Run a leased bulk change to its end.

        Raises:
            NotFound: a list no longer exists.
            LeaseLost: another worker runs the bulk change, or it was cancelled.
        """
        if lease.matched is None and not await self._find_contacts(lease):
            return
        last = lease.last
        while True:
            async with self._database.org(lease.org_id) as connection:
                batch = await bulk_changes.next_batch(connection, lease, last, BATCH)
                if not batch:
                    await self._finish(connection, lease)
                    return
                changed = await _apply(connection, lease.org_id, lease.change, batch)
                await bulk_changes.save_progress(
                    connection, lease, batch, changed, self._lease_seconds
                )
            last = batch[-1]

    async def _find_contacts(self, lease: Lease) -> bool:
        """Store which contacts to change. Returns False if there are not as many as expected."""
        change = lease.change
        async with self._database.org(lease.org_id) as connection:
            filters = await with_segment(connection, lease.org_id, change.filter)
            if filters is None:
                raise NotFound("The list in the filter no longer exists.")
            await bulk_changes.renew(connection, lease, self._lease_seconds)
            matched = await bulk_changes.store_found(connection, lease, filters)
            if not differs_too_much(change.expected_count, matched):
                return True
            refusal = refusal_of(change.expected_count, matched)
            await bulk_changes.refuse(connection, lease, refusal)
            return False

    async def _finish(self, connection: AsyncConnection, lease: Lease) -> None:
        await bulk_changes.finish(connection, lease)
        done = await bulk_changes.find(connection, lease.org_id, lease.job_id)
        meta = {"action": lease.change.action, "changed": done.changed if done else 0}
        entity = ("bulk_change", str(lease.job_id))
        act = Act(lease.org_id, lease.user_id, "bulk_change_finished", entity, meta)
        await record(connection, "contacts", act)


async def _apply(
    connection: AsyncConnection, org_id: UUID, change: NewBulkChange, batch: Sequence[UUID]
) -> int:
    """Change a batch of contacts, without those that were deleted. Returns how many changed."""
    present = list(await contacts.lock_existing(connection, org_id, batch, for_change=True))
    match change.action:
        case "add_tags" | "remove_tags":
            adds = change.action == "add_tags"
            wanted = TagChange(change.tags if adds else (), () if adds else change.tags)
            return (await tags.change(connection, org_id, present, wanted)).contacts
        case "opt_out":
            phones = await contacts.phones_to_opt_out(connection, org_id, present)
            await opt_status.opt_out_now(connection, org_id, phones, "manual")
            return len(phones)
        case "delete":
            return await contacts.remove_all(connection, org_id, present)
        case _:
            return await _change_list(connection, org_id, change, present)


async def _change_list(
    connection: AsyncConnection, org_id: UUID, change: NewBulkChange, present: Sequence[UUID]
) -> int:
    list_id = change.list_id
    if list_id is None or not await lists.lock_existing(connection, org_id, list_id):
        raise NotFound("The list no longer exists.")
    if change.action == "add_to_list":
        return await lists.add_members(connection, org_id, list_id, present)
    return await lists.remove_members(connection, org_id, list_id, present)
