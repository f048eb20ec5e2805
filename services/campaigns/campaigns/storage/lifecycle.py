"""The guarded updates that take a campaign from state to state.

Each answers the campaign as it is then; None, and nothing is changed, where there is no such
campaign or its state does not allow it.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.domain.states import (
    CANCEL,
    FAIL,
    PAUSE,
    RESUME,
    START,
    Transition,
)
from services.campaigns.campaigns.storage import deferred, holds
from services.campaigns.campaigns.storage.campaigns import COLUMNS, is_campaign
from services.campaigns.campaigns.storage.removed_members import confirmed_by
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.campaigns.storage.terms import to_set as terms_to_set
from services.campaigns.common.domain.terms import Terms


async def move(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    transition: Transition,
    changes: Mapping[str, object],
    event_id: UUID | None = None,
) -> RowMapping | None:
    """Carry out ``transition`` and set the columns ``changes``.

    ``event_id`` is given for a notification of that event.
    """
    statement = (
        update(campaigns)
        .where(
            is_campaign(org_id, campaign_id, event_id), campaigns.c.status.in_(transition.sources)
        )
        .values(status=transition.target, updated_at=func.now(), **changes)
        .returning(*COLUMNS)
    )
    return (await connection.execute(statement)).mappings().first()


async def start(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    text: str,
    by: UUID | None,
    terms: Terms | None,
) -> RowMapping | None:
    """Let a campaign run with ``text``; one that is started ``by`` a user loses its schedule.

    ``terms`` are confirmed for it now; None leaves those that scheduling it confirmed.
    """
    changes: dict[str, object] = {
        "body": text,
        **terms_to_set(terms),
        "started_at": func.now(),
        "next_plan_at": func.now(),
        **holds.to_be_told(),
    }
    if by is not None:
        changes |= {"schedule_at": None, **confirmed_by(by)}
    return await move(connection, org_id, campaign_id, START, changes)


async def fail(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID, reason: str
) -> RowMapping | None:
    """Give a campaign up for ``reason``."""
    changes = {"status_reason": reason, **holds.to_be_told()}
    return await move(connection, org_id, campaign_id, FAIL, changes)


async def pause(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> RowMapping | None:
    """Stop a campaign as a person wants it: what is pending is to be held back."""
    changes = {"status_reason": None, **holds.changed(held=True)}
    return await move(connection, org_id, campaign_id, PAUSE, changes)


async def resume(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    terms: Terms | None,
    event_id: UUID | None = None,
    by: UUID | None = None,
) -> RowMapping | None:
    """Go on with a campaign, or an event's notification: what is held back is to be let go.

    ``terms`` are confirmed for the rest of it ``by`` a user; None leaves the earlier ones.
    """
    changes = {
        "status_reason": None,
        **(confirmed_by(by) if by else {}),
        "next_plan_at": func.now(),
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
) -> RowMapping | None:
    """Go on with a campaign, or an event's notification, that paused for ``reason``."""
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
) -> RowMapping | None:
    """End a campaign, or an event's notification: what is pending is to be taken back.

    Nobody waits for it any more, and a planner that has it in hand loses its lease.
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
