"""Organisations whose stored credentials can't be opened: they are failing items of one job.

What needs credentials waits as long as they can't be opened: queries leave these organisations out.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import failing_items
from servicekit.crypto import DecryptionFailed
from servicekit.failing_items import Item, JobName

NAME = JobName("messaging", "check-credentials")


async def note(connection: AsyncConnection, org_id: UUID, error: DecryptionFailed) -> None:
    """Put on record that the organisation's credentials can't be opened."""
    await failing_items.record(connection, NAME, Item.org(org_id), error)


async def is_noted(connection: AsyncConnection, org_id: UUID) -> bool:
    """Whether it is on record that the organisation's credentials can't be opened."""
    return await failing_items.fails(connection, NAME.job, str(org_id))


async def noted(connection: AsyncConnection) -> list[UUID]:
    """The organisations of which it is on record."""
    found = await failing_items.of_job(connection, NAME.job)
    return [failing.item.org_id for failing in found if failing.item.org_id]


async def clear(connection: AsyncConnection, org_id: UUID) -> bool:
    """Note that they can be opened again; False where that is known."""
    return await failing_items.resolve(connection, NAME, str(org_id))
