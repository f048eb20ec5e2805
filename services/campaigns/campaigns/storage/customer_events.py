"""Tell customers' webhook endpoints that campaigns were started or paused, or are over."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.customer_events import Happened, tell, wants
from servicekit.rpc.messages import fill
from services.campaigns.campaigns.domain.states import (
    CANCEL,
    FAIL,
    FINISH,
    PAUSE,
    START,
    Transition,
)
from services.campaigns.campaigns.storage.rows import COLUMNS, Campaign, campaign_of
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from smsblaster.campaigns.v1 import campaigns_pb2

_TYPES: Mapping[Transition, str] = {
    START: "campaign.started",
    PAUSE: "campaign.paused",
    FINISH: "campaign.finished",
    FAIL: "campaign.finished",
    CANCEL: "campaign.finished",
}


async def tell_moved(
    connection: AsyncConnection, campaign: Campaign, transition: Transition
) -> None:
    """Tell the organisation's webhook endpoints about a campaign's transition.

    Does nothing if no endpoint subscribes to it, and for event messages.
    """
    type_ = _TYPES.get(transition)
    if type_ is None or campaign.event_id or not await wants(connection, campaign.org_id, type_):
        return
    data = fill(campaigns_pb2.Campaign(), campaign)
    await tell(connection, "campaigns", [Happened(campaign.org_id, type_, data)])


async def tell_stopped(
    connection: AsyncConnection, org_id: UUID, campaign_ids: Sequence[UUID], transition: Transition
) -> None:
    """Do the same as `tell_moved` for campaigns that are given by their ids."""
    type_ = _TYPES.get(transition)
    if type_ is None or not campaign_ids or not await wants(connection, org_id, type_):
        return
    query = select(*COLUMNS).where(
        campaigns.c.id.in_(campaign_ids),
        campaigns.c.org_id == org_id,
        campaigns.c.event_id.is_(None),
    )
    moved = [campaign_of(row) for row in await connection.execute(query.order_by(campaigns.c.id))]
    happened = [Happened(org_id, type_, fill(campaigns_pb2.Campaign(), one)) for one in moved]
    await tell(connection, "campaigns", happened)
