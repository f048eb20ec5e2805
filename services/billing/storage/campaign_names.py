"""Names of campaigns, for the transactions that charge their messages."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.tables import campaign_names


async def add(connection: AsyncConnection, org_id: UUID, campaign_id: UUID, name: str) -> None:
    """Store the name of a campaign. If it has a stored name already, that name stays."""
    await connection.execute(
        insert(campaign_names)
        .values(campaign_id=campaign_id, org_id=org_id, name=name)
        .on_conflict_do_nothing()
    )
