"""Pause and resume a campaign: its state here, and what is pending in messaging."""

from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import Blocked, Conflict, Unavailable
from servicekit.failing_items import Item
from servicekit.identity import Identity, acting_as
from servicekit.isolation import JobItems
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, holds, lifecycle
from services.campaigns.campaigns.support.tell_messaging import tell_running
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.support.audit import audit

log = structlog.get_logger()


async def pause_campaign(
    database: Database, dispatch: Dispatch, org_id: UUID, campaign_id: UUID
) -> RowMapping:
    """Pause a running campaign; in force when this returns.

    Raises ``CrossOrgAccess``, ``NotFound`` or ``Conflict``; ``Unavailable`` when messaging is
    away: the campaign is paused then, and what is pending is held back once messaging is there.
    """
    async with database.org(org_id) as connection:
        paused = await lifecycle.pause(connection, org_id, campaign_id)
        if paused:
            actor = identity.current().user_id
            await audit(connection, "campaign_paused", org_id, campaign_id, actor)
    if paused is None:
        await campaigns.get(database, org_id, campaign_id)
        raise Conflict("Only a running campaign can be paused.", "campaign_not_running")
    await dispatch.hold(campaign_id, held=True, running=False, change=paused["hold_change"])
    return paused


async def resume_campaign(
    database: Database,
    dispatch: Dispatch,
    org_id: UUID,
    campaign_id: UUID,
    event_id: UUID | None = None,
    price_version: str | None = None,
) -> RowMapping:
    """Go on with a paused campaign, or notification of an event, by the terms of now.

    Raises ``Forbidden`` email_not_verified, ``CrossOrgAccess``, ``NotFound`` or ``Conflict``, also
    where the quote of ``price_version`` no longer holds. Whoever resumes one of a removed member
    takes it over. When messaging is away, what is pending is
    let go once it is there, and the terms stay as they were.
    """
    await _require_may_send(dispatch)
    terms = await _terms(dispatch, price_version)
    async with database.org(org_id) as connection:
        actor = identity.current().user_id
        resumed = await lifecycle.resume(connection, org_id, campaign_id, terms, event_id, actor)
        if resumed:
            if terms:
                terms.require(price_version, resumed["body"])
            await audit(connection, "campaign_resumed", org_id, campaign_id, actor)
    if resumed is None:
        await campaigns.get(database, org_id, campaign_id, event_id)
        raise Conflict("Only a paused campaign can be resumed.", "campaign_not_paused")
    await tell_running(dispatch, resumed)
    return resumed


async def _require_may_send(dispatch: Dispatch) -> None:
    """Raise ``Forbidden`` for whoever may not send.

    Messaging being away stops nobody: it was asked when the campaign was started. Raises
    ``Blocked`` where nothing of the organisation can be sent.
    """
    try:
        await dispatch.require_may_send()
    except Blocked:
        raise
    except Unavailable:
        log.warning("resumed_unasked")


async def _terms(dispatch: Dispatch, price_version: str | None) -> Terms | None:
    """The terms that resuming confirms; None where they can't be asked for and none were quoted."""
    try:
        return await dispatch.terms()
    except Unavailable:
        if price_version is not None:
            raise
        return None


async def tell_holds(database: Database, dispatch: Dispatch) -> None:
    """Tell messaging which campaigns, of those that changed lately, are held back or taken back.

    What can't be told now is told by the next run.
    """
    async with database.system() as connection:
        due = await holds.to_tell(connection)
    async with JobItems(database, "campaigns", "tell-holds").turn() as turn:
        for hold in due:
            item = Item(str(hold.campaign_id), hold.org_id)
            await turn.attempt(item, partial(_tell, database, dispatch, hold))


async def _tell(database: Database, dispatch: Dispatch, hold: holds.Hold) -> None:
    with acting_as(Identity("campaigns", org_id=hold.org_id)):
        if hold.withdrawn:
            await dispatch.withdraw(hold.campaign_id)
        else:
            await dispatch.hold(hold.campaign_id, hold.held, hold.running, hold.change)
    async with database.org(hold.org_id) as connection:
        await holds.told(connection, hold)
