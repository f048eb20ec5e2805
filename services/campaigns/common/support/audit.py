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
    await record(connection, SERVICE, act_on(action, org_id, campaign_id, actor))


def act_on(action: Action, org_id: UUID, campaign_id: UUID, actor: UUID | None) -> Act:
    """Return the audit entry for an action on a campaign."""
    return Act(org_id, actor, action, ("campaign", str(campaign_id)))
