"""Duplicate a campaign."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.support.campaign_text import missing_variables
from services.campaigns.campaigns.support.new_campaign import announce_new
from services.campaigns.campaigns.support.tell_messaging import tell_created


async def duplicate_campaign(
    database: Database, dispatch: Dispatch, org_id: UUID, user_id: UUID, campaign_id: UUID
) -> tuple[RowMapping, Sequence[str]]:
    """A new draft of ``user_id`` with what a campaign says and whom it goes to.

    Answers it, and the placeholders in its text that contacts don't have. Raises
    ``CrossOrgAccess`` or ``NotFound``, and ``Conflict`` for a retry: a draft of its own would go to
    the whole list.
    """
    async with database.org(org_id) as connection:
        row = await campaigns.copy(connection, org_id, user_id, campaign_id)
        if row is not None:
            await announce_new(connection, row)
            missing = await missing_variables(connection, row)
    if row is None:
        await campaigns.get(database, org_id, campaign_id)
        message = "A retry can't be duplicated; retry the campaign again."
        raise Conflict(message, "campaign_is_retry")
    await tell_created(dispatch, row)
    return row, missing
