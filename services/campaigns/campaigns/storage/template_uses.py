"""Find the campaigns that use templates."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.campaigns.campaigns.domain.states import ACTIVE
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.templates.domain.uses import TemplateUse


async def uses_of(
    connection: AsyncConnection, org_id: UUID, template_ids: Collection[UUID]
) -> Mapping[UUID, TemplateUse]:
    """Return how campaigns use templates. Templates without a campaign are left out."""
    active = func.count().filter(campaigns.c.status.in_(ACTIVE))
    query = (
        select(campaigns.c.template_id, func.count(), active, func.max(campaigns.c.started_at))
        .where(
            campaigns.c.org_id == org_id,
            campaigns.c.template_id.in_(template_ids),
            campaigns.c.deleted_at.is_(None),
        )
        .group_by(campaigns.c.template_id)
    )
    return {row[0]: TemplateUse(*row[1:]) for row in await connection.execute(query)}
