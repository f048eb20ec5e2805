"""Find outgoing messages: a page of them, all of them as CSV, or an order for an export."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.messaging.common.providers.recipients import Recipients
from services.messaging.history.domain.history import TOTAL_AT_MOST, WantedMessages
from services.messaging.history.storage import campaigns, exports, history
from services.messaging.history.storage.history import ALL, Place
from services.messaging.history.storage.history_csv import history_csv
from services.messaging.sending.domain.campaign_counts import CampaignCounts
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.storage import counts, messages

# So many rows of an export are read at once, and held until they are on their way.
_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """A page of messages, and how many match in all; not ``exact``: more than ``total``."""

    rows: Sequence[Message]
    total: int
    exact: bool


class FindHistory:
    """Finds outgoing messages.

    What has more than ``max_rows`` is exported as a file. Of the process's connections, exports
    take ``slots`` at the most, each only until its next rows are read.
    """

    def __init__(
        self, database: Database, recipients: Recipients, max_rows: int, slots: int
    ) -> None:
        self._database = database
        self._recipients = recipients
        self._max_rows = max_rows
        self._slots = asyncio.Semaphore(slots)

    async def page(self, org_id: UUID, wanted: WantedMessages, place: Place) -> Found:
        """The messages at ``place``, newest first.

        Raises ``NotFound`` or ``CrossOrgAccess`` for campaign and contact.
        """
        await self._require_known(org_id, wanted)
        async with self._database.org(org_id) as connection:
            total = await history.total(connection, org_id, wanted)
            found = await history.page(connection, org_id, wanted, place)
            rows = await messages.find_all(connection, org_id, [row["id"] for row in found])
        return Found(rows, min(total, TOTAL_AT_MOST), exact=total <= TOTAL_AT_MOST)

    async def is_large(self, org_id: UUID, wanted: WantedMessages) -> bool:
        """Whether there is too much to export at once. Raises as :meth:`page`."""
        await self._require_known(org_id, wanted)
        async with self._database.org(org_id) as connection:
            return (
                await history.count(connection, org_id, wanted, self._max_rows + 1) > self._max_rows
            )

    async def export(self, org_id: UUID, wanted: WantedMessages) -> AsyncGenerator[bytes]:
        """All messages that match, oldest first, as CSV in blocks, with a header.

        No connection is held while a block is on its way, however slowly it is read.
        """
        stretch = ALL
        while True:
            async with self._slots, self._database.org(org_id) as connection:
                stretch = await history.stretch(connection, org_id, wanted, stretch.until, _ROWS)
                blocks = history_csv(connection, org_id, wanted, stretch)
                ready = [block.data async for block in blocks]
            for data in ready:
                yield data
            if stretch.until is None:
                return

    async def order(self, org_id: UUID, user_id: UUID | None, wanted: WantedMessages) -> RowMapping:
        """Ask for an export as a file; the export, which may have been asked for before.

        Raises as :meth:`page`, and ``Conflict`` too_many_exports.
        """
        await self._require_known(org_id, wanted)
        async with self._database.org(org_id) as connection:
            waiting = await exports.open_ones(connection, org_id)
            same = next((row for row in waiting if row["wanted"] == wanted.written()), None)
            if same:
                return same
            if len(waiting) >= exports.OPEN_AT_MOST:
                raise Conflict(
                    "Your organisation has several exports under way. Ask again once one is done.",
                    "too_many_exports",
                )
            return await exports.add(connection, org_id, user_id, wanted)

    async def _require_known(self, org_id: UUID, wanted: WantedMessages) -> None:
        if wanted.campaign_id:
            await require_campaign(self._database, org_id, wanted.campaign_id)
        if wanted.contact_id:
            await self._require_contact(org_id, wanted.contact_id)

    async def _require_contact(self, org_id: UUID, contact_id: UUID) -> None:
        """A contact that was deleted has its messages still; one without any, contacts knows."""
        async with self._database.org(org_id) as connection:
            known = await history.has_contact(connection, org_id, contact_id)
        if not known:
            await self._recipients.find(org_id, contact_id)


async def require_campaign(database: Database, org_id: UUID, campaign_id: UUID) -> CampaignCounts:
    """The running counts of a campaign. Raises ``CrossOrgAccess`` or ``NotFound``."""
    async with database.org(org_id) as connection:
        rows = await counts.of_campaigns(connection, org_id, [campaign_id])
    if rows:
        return rows[0]
    raise await campaigns.not_found(database, org_id, campaign_id)
