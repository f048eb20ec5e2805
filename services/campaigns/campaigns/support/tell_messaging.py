"""Tell messaging about a campaign right after it changed.

Before a number is released, messaging has to know which campaigns use it.
"""

from contextlib import suppress
from uuid import UUID

import structlog

from servicekit.errors import Unavailable
from servicekit.identity import Identity, acting_as
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage.campaigns import Due

log = structlog.get_logger()


async def tell_created(dispatch: Dispatch, campaign_id: UUID, change: int) -> None:
    """Tell messaging about a new campaign.

    If messaging can't be reached, a bus event tells it later.
    """
    with suppress(Unavailable):
        await dispatch.hold(campaign_id, False, running=False, change=change)


async def tell_running(dispatch: Dispatch, campaign_id: UUID, change: int) -> None:
    """Tell messaging that a campaign is being sent.

    If messaging can't be reached, a job tells it later.
    """
    try:
        await dispatch.hold(campaign_id, False, running=True, change=change)
    except Unavailable:
        log.warning("running_told_later", campaign_id=str(campaign_id))


async def tell_starting(dispatch: Dispatch, due: Due) -> None:
    """Tell messaging that a campaign of any organisation is about to start.

    If the campaign doesn't start after all, somebody has changed it, and messaging is told about
    that change too. If messaging can't be reached, a job tells it later.
    """
    try:
        with acting_as(Identity("campaigns", org_id=due.org_id)):
            await dispatch.hold(due.id, False, running=True, change=due.change)
    except Unavailable:
        log.warning("start_told_later", campaign_id=str(due.id))
