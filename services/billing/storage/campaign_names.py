"""Names of campaigns and of event messages, for the transactions that charge them."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.storage.tables import campaign_names


async def add(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    name: str,
    event_id: UUID | None,
) -> None:
    """Store the name of a campaign, or of a message of an event.

    If it has a stored name already, that name stays.
    """
    await connection.execute(
        insert(campaign_names)
        .values(campaign_id=campaign_id, org_id=org_id, name=name, event_id=event_id)
        .on_conflict_do_nothing()
    )
