"""Delete a campaign that sends nothing more."""

from contextlib import suppress
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import Conflict, Unavailable
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, deferred
from services.campaigns.common.support.audit import audit


async def delete_campaign(
    database: Database, dispatch: Dispatch, org_id: UUID, campaign_id: UUID
) -> None:
    """Soft-delete a campaign. What a planner hands over of it at this moment is refunded.

    Raises ``CrossOrgAccess``, ``NotFound``, and ``Conflict`` while it is running, or paused with
    texts that are charged and not sent: deleted, they would be neither sent nor given back.
    """
    campaign = await campaigns.get(database, org_id, campaign_id)
    if campaign["status"] == "paused":
        await _require_nothing_pending(dispatch, campaign_id)
    async with database.org(org_id) as connection:
        deleted = await campaigns.delete(connection, org_id, campaign_id)
        if deleted:
            await deferred.delete_all(connection, org_id, campaign_id)
            actor = identity.current().user_id
            await audit(connection, "campaign_deleted", org_id, campaign_id, actor)
    if not deleted:
        await campaigns.get(database, org_id, campaign_id)
        message = "Pause or cancel it first: a running campaign can't be deleted."
        raise Conflict(message, "campaign_running")
    if campaign["status"] == "paused":
        # It is held back already: what is handed over at this moment can wait for the job.
        with suppress(Unavailable):
            await dispatch.withdraw(campaign_id)


async def _require_nothing_pending(dispatch: Dispatch, campaign_id: UUID) -> None:
    outcomes = await dispatch.outcomes(campaign_id)
    if outcomes.unsettled:
        raise Conflict(
            f"{outcomes.unsettled} of its texts are paid and not sent. Cancel it to have them"
            " refunded, or resume it and delete it when they are sent.",
            "campaign_running",
        )
