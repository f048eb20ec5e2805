"""Tell messaging at once that there is a campaign, or that it is being sent.

A number can't be released while a campaign is being sent, and messaging guards that; it serves
campaigns' results too. So it knows before anybody is answered. What messaging could not hear is
told by the job ``tell-holds`` and, of a new campaign, by its event.
"""

from contextlib import suppress

import structlog
from sqlalchemy import RowMapping

from servicekit.errors import Unavailable
from servicekit.identity import Identity, acting_as
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage.campaigns import Due

log = structlog.get_logger()


async def tell_created(dispatch: Dispatch, campaign: RowMapping) -> None:
    """Tell messaging that there is ``campaign``; when messaging is away, its event tells it."""
    with suppress(Unavailable):
        await dispatch.hold(campaign["id"], False, running=False, change=campaign["hold_change"])


async def tell_running(dispatch: Dispatch, campaign: RowMapping) -> None:
    """Tell messaging that ``campaign`` is being sent; when messaging is away, the job tells it."""
    try:
        await dispatch.hold(campaign["id"], False, running=True, change=campaign["hold_change"])
    except Unavailable:
        log.warning("running_told_later", campaign_id=str(campaign["id"]))


async def tell_starting(dispatch: Dispatch, due: Due) -> None:
    """Tell messaging that a campaign, of any organisation, is about to start.

    One that does not start after all has been changed by somebody, and messaging is told that too.
    When messaging is away, the job tells it.
    """
    try:
        with acting_as(Identity("campaigns", org_id=due.org_id)):
            await dispatch.hold(due.id, False, running=True, change=due.change)
    except Unavailable:
        log.warning("start_told_later", campaign_id=str(due.id))
