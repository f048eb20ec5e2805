"""Read and write the terms that were confirmed for campaigns."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.common.domain.terms import Terms


def to_set(terms: Terms | None) -> dict[str, object]:
    """Return the columns that store `terms`.

    If `terms` is None, returns no columns, so that the stored terms stay.
    """
    if terms is None:
        return {}
    return {"terms": terms.to_store(), "cents_per_mms": dict(terms.cents_per_mms)}


async def of_campaign(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> Terms | None:
    """Return the terms that were confirmed for a campaign.

    Returns None for a draft, and for a campaign from before terms were stored.
    """
    query = select(campaigns.c.terms, campaigns.c.cents_per_mms).where(
        campaigns.c.org_id == org_id, campaigns.c.id == campaign_id
    )
    row = (await connection.execute(query)).first()
    return Terms.of_stored(row.terms, row.cents_per_mms) if row else None
