"""Start the scheduled campaigns whose time has come."""

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.campaigns.storage import campaigns, lifecycle
from services.campaigns.usecases.campaign_text import TemplateGone, usable_text
from services.campaigns.usecases.start_campaign import begin

log = structlog.get_logger()

_BATCH = 50


async def start_due(database: Database) -> None:
    """Start them all, with the text and the terms that scheduling them confirmed.

    One whose template is deleted, or whose text can't be used, fails and says why.

    Whether there is something to send from is found out when the first texts are handed over.
    """
    while True:
        async with database.system() as connection:
            due = await campaigns.due(connection, _BATCH)
            for campaign in due:
                await _start(connection, campaign)
        if len(due) < _BATCH:
            return


async def _start(connection: AsyncConnection, campaign: RowMapping) -> None:
    source = campaign["message"] or campaign["template_id"]
    try:
        text = await usable_text(connection, campaign["org_id"], source)
    except TemplateGone:
        await _fail(connection, campaign, "template_deleted")
    except InvalidInput as error:
        await _fail(connection, campaign, error.code)
    else:
        await begin(connection, campaign, campaign["body"] or text, actor=None, terms=None)


async def _fail(connection: AsyncConnection, campaign: RowMapping, reason: str) -> None:
    log.warning("campaign_failed", campaign_id=str(campaign["id"]), reason=reason)
    await lifecycle.fail(connection, campaign["org_id"], campaign["id"], reason)
