"""Read the names of campaigns."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns


async def of_campaigns(
    connection: AsyncConnection, org_id: UUID, ids: Sequence[UUID]
) -> Mapping[UUID, str]:
    """Return the names of campaigns by id, deleted ones too. Event messages are left out."""
    rows = await connection.execute(
        select(campaigns.c.id, campaigns.c.name).where(
            campaigns.c.org_id == org_id,
            campaigns.c.id.in_(ids),
            campaigns.c.notification_type.is_(None),
        )
    )
    return {row.id: row.name for row in rows}
