"""Samples of a running campaign's pace: how many messages had been sent at a given time."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.storage.plans import Lease
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns

SAMPLE_EVERY = timedelta(seconds=20)


async def add_sample(connection: AsyncConnection, leased: Lease, sent: int) -> None:
    """Store that `sent` messages of the campaign have been sent by now."""
    await connection.execute(
        update(campaigns)
        .where(campaigns.c.id == leased.campaign_id, campaigns.c.org_id == leased.org_id)
        .values(
            sampled_before_at=campaigns.c.sampled_at,
            sampled_before_sent=campaigns.c.sampled_sent,
            sampled_at=func.now(),
            sampled_sent=sent,
        )
    )


def forgotten() -> Mapping[str, object]:
    """Return the columns, set to null, that reset the pace when a campaign starts or resumes."""
    return {
        "sampled_at": None,
        "sampled_sent": None,
        "sampled_before_at": None,
        "sampled_before_sent": None,
    }
