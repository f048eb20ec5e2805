"""Unschedule or pause the campaigns of a removed member."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.reasons import MEMBER_REMOVED
from services.campaigns.campaigns.storage import removed_members
from services.campaigns.campaigns.storage.removed_members import Removal
from services.campaigns.campaigns.support.notices import notify_of
from services.campaigns.common.support.audit import Action, audit

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
            for taken in await removed_members.take_back(connection, removal):
                is_draft = taken.status == "draft"
                action: Action = "campaign_unscheduled" if is_draft else "campaign_paused"
                await audit(connection, action, removal.org_id, taken.id, None)
                if taken.was_confirmed:
                    named = (taken.id, taken.name)
                    await notify_of(connection, removal.org_id, named, taken.status, MEMBER_REMOVED)
            await self._stop_retries(connection, removal.org_id, removal.user_id)
