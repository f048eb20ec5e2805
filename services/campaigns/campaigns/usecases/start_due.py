"""Start scheduled campaigns when their time has come."""

from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.campaigns.campaigns.domain.drafts import require_text
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, lifecycle
from services.campaigns.campaigns.storage.campaigns import Due
from services.campaigns.campaigns.storage.rows import Campaign
from services.campaigns.campaigns.support.begin_campaign import begin
from services.campaigns.campaigns.support.campaign_text import TemplateGone, usable_text
from services.campaigns.campaigns.support.notices import notify_of
from services.campaigns.campaigns.support.tell_messaging import tell_starting

log = structlog.get_logger()

_BATCH = 50


class StartDue:
    """Starts campaigns with the text and terms that were confirmed when they were scheduled."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def start_all(self) -> None:
        """Start all campaigns that are due.

        A campaign fails with a reason when its template was deleted or its text can't be used.
        Messaging learns about each campaign before it starts, so that the phone numbers that a
        running campaign sends from are known to be in use. The first chunk shows whether there is a
        phone number to send from.
        """
        async with JobItems(self._database, "campaigns", "start-due").turn() as turn:
            some = True
            while some:
                async with self._database.system() as connection:
                    due = await campaigns.due(connection, _BATCH)
                some = False
                for one in due:
                    item = Item(str(one.id), one.org_id)
                    some |= bool(await turn.attempt(item, partial(self._start_one, one)))

    async def _start_one(self, due: Due) -> bool:
        """Start a campaign or mark it as failed. Returns False if another process has done it."""
        await tell_starting(self._dispatch, due)
        async with self._database.org(due.org_id) as connection:
            campaign = await campaigns.lock_due(connection, due.org_id, due.id)
            if campaign is not None:
                await _start(connection, campaign)
            return campaign is not None


async def _start(connection: AsyncConnection, campaign: Campaign) -> None:
    try:
        text = await usable_text(connection, campaign.org_id, require_text(campaign.written_text))
    except TemplateGone:
        await _fail(connection, campaign, "template_deleted")
    except InvalidInput as error:
        await _fail(connection, campaign, error.code)
    else:
        await begin(connection, campaign, campaign.body or text, actor=None, terms=None)


async def _fail(connection: AsyncConnection, campaign: Campaign, reason: str) -> None:
    log.warning("campaign_failed", campaign_id=str(campaign.id), reason=reason)
    await lifecycle.fail(connection, campaign.org_id, campaign.id, reason)
    named = (campaign.id, campaign.name)
    await notify_of(connection, campaign.org_id, named, "failed", reason)
