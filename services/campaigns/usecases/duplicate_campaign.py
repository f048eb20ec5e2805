"""Duplicate a campaign."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from services.campaigns.storage import campaigns
from services.campaigns.usecases.new_campaign import announce_new


async def duplicate_campaign(
    database: Database, org_id: UUID, user_id: UUID, campaign_id: UUID
) -> RowMapping:
    """A new draft of ``user_id`` with what a campaign says and whom it goes to.

    Raises ``CrossOrgAccess`` or ``NotFound``.
    """
    async with database.org(org_id) as connection:
        row = await campaigns.copy(connection, org_id, user_id, campaign_id)
        if row is not None:
            await announce_new(connection, row)
            return row
    raise await campaigns.absence(database, org_id, campaign_id)
