"""Audit: says who started, paused, resumed, cancelled or deleted a campaign."""

from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus.outbox import announce
from smsblaster.audit.v1 import events_pb2

SUBJECT = "event.campaigns.audit"

Action = Literal[
    "campaign_started",
    "campaign_paused",
    "campaign_resumed",
    "campaign_cancelled",
    "campaign_deleted",
]


async def audit(
    connection: AsyncConnection, action: Action, org_id: UUID, campaign_id: UUID, actor: UUID | None
) -> None:
    """Say in this transaction that ``actor`` (None: the platform itself) did ``action``."""
    recorded = events_pb2.AuditRecorded(
        org_id=str(org_id),
        actor_user_id=str(actor) if actor else None,
        action=action,
        entity_type="campaign",
        entity_id=str(campaign_id),
    )
    recorded.created_at.GetCurrentTime()
    await announce(connection, (SUBJECT, recorded))
