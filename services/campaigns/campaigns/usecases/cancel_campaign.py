"""Cancel a campaign: nothing more of it is sent, and what is pending is taken back."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, lifecycle
from services.campaigns.common.support.audit import audit


async def cancel_campaign(
    database: Database,
    dispatch: Dispatch,
    org_id: UUID,
    campaign_id: UUID,
    event_id: UUID | None = None,
) -> RowMapping:
    """Cancel a scheduled, running or paused campaign; in force when this returns.

    With ``event_id`` it is a notification of that event.

    Raises ``CrossOrgAccess``, ``NotFound`` or ``Conflict``; ``Unavailable`` when messaging is
    away: the campaign is cancelled then, and what is pending is taken back once messaging is
    there.
    """
    async with database.org(org_id) as connection:
        cancelled = await lifecycle.cancel(connection, org_id, campaign_id, event_id)
        if cancelled is not None:
            actor = identity.current().user_id
            await audit(connection, "campaign_cancelled", org_id, campaign_id, actor)
    if cancelled is None:
        await campaigns.get(database, org_id, campaign_id, event_id)
        raise Conflict(
            "Only a scheduled, running or paused campaign can be cancelled.",
            "campaign_not_cancellable",
        )
    await dispatch.withdraw(campaign_id)
    return cancelled
