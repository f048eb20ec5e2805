"""The audit events that campaigns publishes: whatever starts, stops or resumes spending."""

from typing import Literal
from uuid import UUID

from smsblaster.audit.v1 import events_pb2

SUBJECT = "event.campaigns.audit"

Action = Literal["campaign_started", "campaign_paused", "campaign_resumed", "campaign_deleted"]


def audited(
    action: Action, org_id: UUID, campaign_id: UUID, actor: UUID | None
) -> tuple[str, events_pb2.AuditRecorded]:
    """The event, with its subject, that ``actor`` (None: the platform) did ``action``."""
    event = events_pb2.AuditRecorded(
        org_id=str(org_id),
        actor_user_id=str(actor) if actor else None,
        action=action,
        entity_type="campaign",
        entity_id=str(campaign_id),
    )
    event.created_at.GetCurrentTime()
    return SUBJECT, event
