"""Start a campaign within a transaction."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.storage import lifecycle
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.support.audit import audit


async def begin(
    connection: AsyncConnection,
    campaign: Campaign,
    text: str,
    actor: UUID | None,
    terms: Terms | None,
) -> Campaign | None:
    """Start `campaign` with `text`. Returns None when its status doesn't allow it.

    `actor` is the user who starts it and confirms `terms`. A campaign that starts by its schedule
    has neither, because its terms were confirmed when it was scheduled.
    """
    started = await lifecycle.start(connection, campaign.org_id, campaign.id, text, actor, terms)
    if started is not None:
        await audit(connection, "campaign_started", campaign.org_id, campaign.id, actor)
    return started
