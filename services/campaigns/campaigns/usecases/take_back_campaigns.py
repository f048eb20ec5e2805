"""Unschedule or pause the campaigns of a removed member."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.audit import Act, record
from servicekit.db.database import Database
from servicekit.notices import Notice, notify
from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.storage import removed_members
from services.campaigns.campaigns.storage.removed_members import Removal, TakenBack
from services.campaigns.campaigns.support.notices import notice_of
from services.campaigns.common.support.audit import SERVICE, act_on

StopRetries: TypeAlias = Callable[[AsyncConnection, UUID, UUID], Awaitable[None]]
"""Stops the retries that a user of an organisation started. The events package implements it."""


class TakeBackCampaigns:
    """Unschedules or pauses the campaigns of removed members, and stops their retries."""

    def __init__(self, database: Database, stop_retries: StopRetries) -> None:
        self._database = database
        self._stop_retries = stop_retries

    async def take_back(self, removal: Removal) -> None:
        """Unschedule or pause campaigns that the member confirmed or pays for. Idempotent."""
        async with self._database.org(removal.org_id) as connection:
            taken = await removed_members.take_back(connection, removal)
            await record(connection, SERVICE, *(_act(removal.org_id, one) for one in taken))
            told = (_notice(removal.org_id, one) for one in taken if one.was_confirmed)
            await notify(connection, SERVICE, *told)
            await self._stop_retries(connection, removal.org_id, removal.user_id)


def _act(org_id: UUID, taken: TakenBack) -> Act:
    is_draft = taken.status == "draft"
    return act_on("campaign_unscheduled" if is_draft else "campaign_paused", org_id, taken.id, None)


def _notice(org_id: UUID, taken: TakenBack) -> Notice:
    return notice_of(org_id, (taken.id, taken.name), taken.status, MEMBER_REMOVED)
