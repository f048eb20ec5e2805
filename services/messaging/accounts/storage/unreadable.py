"""Organisations whose stored credentials can't be decrypted, recorded as failing items of a job.

Queries for work that needs credentials skip the recorded organisations.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import failing_items
from servicekit.crypto import DecryptionFailed
from servicekit.failing_items import Item, JobName

NAME = JobName("messaging", "check-credentials")
HAS_RECORDED = text("EXISTS (SELECT FROM failing_items WHERE job = 'check-credentials')")


async def record(connection: AsyncConnection, org_id: UUID, error: DecryptionFailed) -> None:
    """Record that the organisation's credentials can't be decrypted."""
    await failing_items.record(connection, NAME, Item.org(org_id), error)


async def is_recorded(connection: AsyncConnection, org_id: UUID) -> bool:
    """Whether the organisation is recorded as having unreadable credentials."""
    return await failing_items.fails(connection, NAME.job, str(org_id))


async def recorded(connection: AsyncConnection) -> list[UUID]:
    """Return all organisations that are recorded as having unreadable credentials."""
    found = await failing_items.of_job(connection, NAME.job)
    return [failing.item.org_id for failing in found if failing.item.org_id]


async def clear(connection: AsyncConnection, org_id: UUID) -> bool:
    """Delete the record of the organisation. Returns False if it was not recorded."""
    return await failing_items.resolve(connection, NAME, str(org_id))
