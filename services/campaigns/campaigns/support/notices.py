"""Tell members that a campaign stopped, in the same transaction as the change."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.notices import Notice, notify
from services.campaigns.campaigns.domain.notices import campaign_notice
from services.campaigns.common.support.audit import SERVICE


async def notify_of(
    connection: AsyncConnection, org_id: UUID, campaign: tuple[UUID, str], status: str, reason: str
) -> None:
    """Tell members that a campaign, given by id and name, stopped with `status` for `reason`.

    An empty `reason` means that nothing went wrong.
    """
    campaign_id, name = campaign
    kind, message = campaign_notice(name, status, reason)
    notice = Notice(org_id, kind, message, ("campaign", str(campaign_id)))
    await notify(connection, SERVICE, notice)
