"""Start the scheduled campaigns whose time has come."""

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from services.campaigns.providers.messaging import Messaging
from services.campaigns.storage import campaigns, lifecycle
from services.campaigns.usecases.campaign_text import TemplateGone, usable_text
from services.campaigns.usecases.start_campaign import begin
from services.campaigns.usecases.tell_messaging import tell_starting

log = structlog.get_logger()

_BATCH = 50


async def start_due(database: Database, messaging: Messaging) -> None:
    """Start them all, with the text and the terms that scheduling them confirmed.

    One whose template is deleted, or whose text can't be used, fails and says why.

    Messaging is told first, so that the numbers of a campaign that is seen to run are in use.
    Whether there is something to send from is found out when the first texts are handed over.
    """
    while True:
        async with database.system() as connection:
            coming = await campaigns.due(connection, _BATCH)
        await tell_starting(messaging, coming)
        told = {campaign["id"] for campaign in coming}
        async with database.system() as connection:
            for campaign in await campaigns.due(connection, _BATCH):
                if campaign["id"] in told:
                    await _start(connection, campaign)
        if len(coming) < _BATCH:
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
