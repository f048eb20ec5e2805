"""Write audit entries about campaigns in the same transaction as the change."""

from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.audit import Act, record

SERVICE = "campaigns"

Action = Literal[
    "campaign_started",
    "campaign_paused",
    "campaign_unscheduled",
    "campaign_resumed",
    "campaign_cancelled",
    "campaign_deleted",
]


async def audit(
    connection: AsyncConnection, action: Action, org_id: UUID, campaign_id: UUID, actor: UUID | None
) -> None:
    """Write an audit entry in this transaction. No `actor` means that the platform acted."""
    act = Act(org_id, actor, action, ("campaign", str(campaign_id)))
    await record(connection, SERVICE, act)
