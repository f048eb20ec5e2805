"""Say that there is a new campaign."""

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from smsblaster.campaigns.v1 import events_pb2


async def announce_new(connection: AsyncConnection, campaign: RowMapping) -> None:
    """Say in this transaction that there is ``campaign``: messaging is to know it."""
    event = events_pb2.CampaignCreated(
        org_id=str(campaign["org_id"]), campaign_id=str(campaign["id"])
    )
    await announce(connection, (subjects.CAMPAIGN_CREATED, event))
