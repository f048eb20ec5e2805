"""Guarded updates, which change the status of a campaign if its current status allows it.

Each returns the changed campaign. It returns None and changes nothing when the campaign doesn't
exist or its status doesn't allow the change.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.telemetry import tracing
from services.campaigns.campaigns.domain.payers import payer_id
from services.campaigns.campaigns.domain.states import (
    CANCEL,
    FAIL,
    PAUSE,
    RESUME,
    START,
    Transition,
)
from services.campaigns.campaigns.storage import deferred, holds, paces
from services.campaigns.campaigns.storage.campaigns import is_campaign
from services.campaigns.campaigns.storage.customer_events import tell_moved
from services.campaigns.campaigns.storage.removed_members import confirmed_by, resumed_by
from services.campaigns.campaigns.storage.rows import COLUMNS, Campaign, campaign_of
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.campaigns.storage.terms import to_set as terms_to_set
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.storage.planner import wake_planner


async def move(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    transition: Transition,
    changes: Mapping[str, object],
    event_id: UUID | None = None,
) -> Campaign | None:
    """Carry out `transition` and set the columns `changes`.

    With `event_id`, the campaign is a message of this event.
    """
    statement = (
        update(campaigns)
        .where(
            is_campaign(org_id, campaign_id, event_id), campaigns.c.status.in_(transition.sources)
        )
        .values(status=transition.target, updated_at=func.now(), **changes)
        .returning(*COLUMNS)
    )
    row = (await connection.execute(statement)).first()
    moved = campaign_of(row) if row else None
    if moved:
        note(connection, Hint(org_id, Topic.CAMPAIGN, campaign_id, moved.version))
        await tell_moved(connection, moved, transition)
        if moved.status == "running":
            wake_planner(connection)
    return moved


async def start(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    text: str,
    by: UUID | None,
    terms: Terms | None,
) -> Campaign | None:
    """Start a campaign with `text`. If a user starts it (`by`), its schedule is removed.

    `terms` replace the terms that were confirmed when it was scheduled.
    """
    changes: dict[str, object] = {
        "body": text,
        **terms_to_set(terms),
        "started_at": func.now(),
        "traceparent": tracing.sampled_header(),
        "next_plan_at": func.now(),
        **paces.forgotten(),
        **holds.to_be_told(),
    }
    if by is not None:
        payer = payer_id(terms, org_id, by) if terms else None
        changes |= {"schedule_at": None, **confirmed_by(by, payer)}
    return await move(connection, org_id, campaign_id, START, changes)


async def fail(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID, reason: str
) -> Campaign | None:
    """Mark a campaign as failed for `reason`."""
    changes = {"status_reason": reason, **holds.to_be_told()}
    return await move(connection, org_id, campaign_id, FAIL, changes)


async def pause(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> Campaign | None:
    """Pause a campaign at the request of a user. Its pending messages are held."""
    changes = {"status_reason": None, **holds.changed(held=True)}
    return await move(connection, org_id, campaign_id, PAUSE, changes)


async def resume(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    terms: Terms | None,
    event_id: UUID | None = None,
    by: UUID | None = None,
) -> Campaign | None:
    """Resume a campaign or an event message. Its held messages are released.

    `terms` replace the earlier terms for the messages still to send. `by` is the user who resumes
    it.
    """
    changes = {
        "status_reason": None,
        **(resumed_by(by, payer_id(terms, org_id, by) if terms else None) if by else {}),
        "next_plan_at": func.now(),
        **paces.forgotten(),
        **terms_to_set(terms),
        **holds.changed(held=False),
    }
    return await move(connection, org_id, campaign_id, RESUME, changes, event_id)


async def resume_after(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    reason: str,
    event_id: UUID | None,
) -> Campaign | None:
    """Resume a campaign or an event message if it is paused for `reason`."""
    still = await connection.scalar(
        select(campaigns.c.status_reason)
        .where(is_campaign(org_id, campaign_id, event_id))
        .with_for_update()
    )
    if still != reason:
        return None
    return await resume(connection, org_id, campaign_id, None, event_id)


async def cancel(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID, event_id: UUID | None = None
) -> Campaign | None:
    """Cancel a campaign or an event message. Its pending messages are cancelled.

    Its deferred recipients are deleted, and a planner that has leased it loses the lease.
    """
    changes = {
        "status_reason": None,
        "finished_at": func.now(),
        "lease_token": None,
        "lease_until": None,
        **holds.changed(held=True),
    }
    cancelled = await move(connection, org_id, campaign_id, CANCEL, changes, event_id)
    if cancelled is not None:
        await deferred.delete_all(connection, org_id, campaign_id)
    return cancelled
