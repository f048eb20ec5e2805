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
    await notify(connection, SERVICE, notice_of(org_id, campaign, status, reason))


def notice_of(org_id: UUID, campaign: tuple[UUID, str], status: str, reason: str) -> Notice:
    """Return the notice that `notify_of` sends to members."""
    campaign_id, name = campaign
    kind, message = campaign_notice(name, status, reason)
    return Notice(org_id, kind, message, ("campaign", str(campaign_id)))
