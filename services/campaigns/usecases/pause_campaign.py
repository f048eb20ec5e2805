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
from services.campaigns.providers.messaging import Messaging
from services.campaigns.storage import campaigns, holds, lifecycle
from services.campaigns.usecases.audit import audit

log = structlog.get_logger()


async def pause_campaign(
    database: Database, messaging: Messaging, org_id: UUID, campaign_id: UUID
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
    await messaging.hold(campaign_id, held=True, running=False)
    return paused


async def resume_campaign(
    database: Database,
    messaging: Messaging,
    org_id: UUID,
    campaign_id: UUID,
    event_id: UUID | None = None,
) -> RowMapping:
    """Go on with a paused campaign, or notification of an event.

    Raises ``Forbidden`` email_not_verified, ``CrossOrgAccess``, ``NotFound`` or ``Conflict``. When
    messaging is away, what is pending is let go once it is there.
    """
    await _require_may_send(messaging)
    async with database.org(org_id) as connection:
        resumed = await lifecycle.resume(connection, org_id, campaign_id, event_id)
        if resumed:
            actor = identity.current().user_id
            await audit(connection, "campaign_resumed", org_id, campaign_id, actor)
    if resumed is None:
        await campaigns.get(database, org_id, campaign_id, event_id)
        raise Conflict("Only a paused campaign can be resumed.", "campaign_not_paused")
    try:
        await messaging.hold(campaign_id, held=False, running=True)
    except Unavailable:
        log.warning("resume_told_later", campaign_id=str(campaign_id))
    return resumed


async def _require_may_send(messaging: Messaging) -> None:
    """Raise ``Forbidden`` for whoever may not send.

    Messaging being away stops nobody: it was asked when the campaign was started. Raises
    ``Blocked`` where nothing of the organisation can be sent.
    """
    try:
        await messaging.require_may_send()
    except Blocked:
        raise
    except Unavailable:
        log.warning("resumed_unasked")


async def tell_holds(database: Database, messaging: Messaging) -> None:
    """Tell messaging which campaigns, of those that changed lately, are held back or taken back.

    What can't be told now is told by the next run.
    """
    async with database.system() as connection:
        due = await holds.to_tell(connection)
    async with JobItems(database, "campaigns", "tell-holds").turn() as turn:
        for hold in due:
            item = Item(str(hold.campaign_id), hold.org_id)
            await turn.attempt(item, partial(_tell, database, messaging, hold))


async def _tell(database: Database, messaging: Messaging, hold: holds.Hold) -> None:
    with acting_as(Identity("campaigns", org_id=hold.org_id)):
        if hold.withdrawn:
            await messaging.withdraw(hold.campaign_id)
        else:
            await messaging.hold(hold.campaign_id, hold.held, hold.running)
    async with database.org(hold.org_id) as connection:
        await holds.told(connection, hold)
