"""Start the scheduled campaigns whose time has come."""

from functools import partial

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, lifecycle
from services.campaigns.campaigns.storage.campaigns import Due
from services.campaigns.campaigns.support.campaign_text import TemplateGone, usable_text
from services.campaigns.campaigns.support.tell_messaging import tell_starting
from services.campaigns.campaigns.usecases.start_campaign import begin

log = structlog.get_logger()

_BATCH = 50


async def start_due(database: Database, dispatch: Dispatch) -> None:
    """Start them all, with the text and the terms that scheduling them confirmed.

    One whose template is deleted, or whose text can't be used, fails and says why.

    Messaging is told first, so that the numbers of a campaign that is seen to run are in use.
    Whether there is something to send from is found out when the first texts are handed over.
    """
    async with JobItems(database, "campaigns", "start-due").turn() as turn:
        some = True
        while some:
            async with database.system() as connection:
                due = await campaigns.due(connection, _BATCH)
            some = False
            for one in due:
                start = partial(_start_one, database, dispatch, one)
                some |= bool(await turn.attempt(Item(str(one.id), one.org_id), start))


async def _start_one(database: Database, dispatch: Dispatch, due: Due) -> bool:
    """Start a campaign, or fail it; False where another process has done so."""
    await tell_starting(dispatch, due)
    async with database.org(due.org_id) as connection:
        campaign = await campaigns.lock_due(connection, due.org_id, due.id)
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
        await begin(connection, campaign, campaign["body"] or text, actor=None, terms=None)


async def _fail(connection: AsyncConnection, campaign: RowMapping, reason: str) -> None:
    log.warning("campaign_failed", campaign_id=str(campaign["id"]), reason=reason)
    await lifecycle.fail(connection, campaign["org_id"], campaign["id"], reason)
