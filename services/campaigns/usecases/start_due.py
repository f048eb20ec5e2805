"""Start the scheduled campaigns whose time has come."""

from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.campaigns.storage import campaigns, lifecycle
from services.campaigns.usecases.campaign_text import TemplateGone, usable_text
from services.campaigns.usecases.start_campaign import begin

log = structlog.get_logger()

_BATCH = 50


async def start_due(database: Database) -> None:
    """Start them all. One whose text can't be used any more fails, and says why.

    Whether there is something to send from is found out when the first texts are handed over.
    """
    async with JobItems(database, "campaigns", "start-due").turn() as turn:
        some = True
        while some:
            async with database.system() as connection:
                due = await campaigns.due(connection, _BATCH)
            some = False
            for org_id, campaign_id in due:
                start = partial(_start_one, database, org_id, campaign_id)
                some |= bool(await turn.attempt(Item(str(campaign_id), org_id), start))


async def _start_one(database: Database, org_id: UUID, campaign_id: UUID) -> bool:
    """Start a campaign, or fail it; False where another process has done so."""
    async with database.org(org_id) as connection:
        campaign = await campaigns.lock_due(connection, org_id, campaign_id)
        if campaign is not None:
            await _start(connection, campaign)
        return campaign is not None


async def _start(connection: AsyncConnection, campaign: RowMapping) -> None:
    source = campaign["message"] or campaign["template_id"]
    try:
        text = await usable_text(connection, campaign["org_id"], source)
    except TemplateGone:
        await _fail(connection, campaign, "template_deleted")
    except InvalidInput as error:
        await _fail(connection, campaign, error.code)
    else:
        await begin(connection, campaign, text, actor=None)


async def _fail(connection: AsyncConnection, campaign: RowMapping, reason: str) -> None:
    log.warning("campaign_failed", campaign_id=str(campaign["id"]), reason=reason)
    await lifecycle.fail(connection, campaign["org_id"], campaign["id"], reason)
