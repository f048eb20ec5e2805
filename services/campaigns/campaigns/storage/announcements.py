"""Announce changes of campaigns on the bus."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from smsblaster.campaigns.v1 import events_pb2


async def announce_created(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> None:
    """Publish, when this transaction has committed, that a campaign was created.

    Messaging learns about the campaign by this event.
    """
    event = events_pb2.CampaignCreated(org_id=str(org_id), campaign_id=str(campaign_id))
    await announce(connection, (subjects.CAMPAIGN_CREATED, event))
