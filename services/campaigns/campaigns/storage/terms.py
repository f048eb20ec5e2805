"""Read and write the terms that were confirmed for campaigns."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.common.domain.terms import Terms


def to_set(terms: Terms | None) -> dict[str, object]:
    """Return the columns to set. If `terms` is None, the stored terms stay."""
    return {} if terms is None else {"terms": terms.to_store()}


async def of_campaign(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> Terms | None:
    """Return the terms that were confirmed for a campaign.

    Returns None for a draft, and for a campaign from before terms were stored.
    """
    query = select(campaigns.c.terms).where(
        campaigns.c.org_id == org_id, campaigns.c.id == campaign_id
    )
    return Terms.of_stored(await connection.scalar(query))
