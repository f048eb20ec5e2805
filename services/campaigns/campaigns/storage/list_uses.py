"""Find the last campaigns of contact lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.domain.states import Status

_LAST = text("""
SELECT wanted.list_id, last.id AS campaign_id, name, status, started_at
FROM unnest(CAST(:list_ids AS uuid[])) AS wanted (list_id) CROSS JOIN LATERAL (
  SELECT id, name, status, started_at FROM sms_campaigns AS campaign
  WHERE campaign.org_id = :org_id AND campaign.list_id = wanted.list_id
    AND started_at IS NOT NULL AND deleted_at IS NULL
  ORDER BY started_at DESC LIMIT 1
) AS last
""")


@dataclass(frozen=True, slots=True)
class LastCampaign:
    """The campaign that was started last for a list, with field names as in the contract."""

    list_id: UUID
    campaign_id: UUID
    name: str
    status: Status
    started_at: datetime


async def last_campaigns(
    connection: AsyncConnection, org_id: UUID, list_ids: Sequence[UUID]
) -> Sequence[LastCampaign]:
    """Return the last started campaign of each list. Lists without one are left out."""
    values = {"org_id": org_id, "list_ids": sorted(set(list_ids))}
    return [LastCampaign(*row) for row in await connection.execute(_LAST, values)]
