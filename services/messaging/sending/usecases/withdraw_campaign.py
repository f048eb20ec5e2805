"""Withdraw a campaign: cancel its pending messages and refund them."""

from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.storage import withdrawals
from services.messaging.sending.storage.tally import Move, Tally
from services.messaging.sending.support.due_refunds import DueRefunds

# Not more than billing refunds in one call.
_BATCH = 2000


class WithdrawCampaign:
    """Withdraws campaigns: cancels and refunds their pending messages.

    A repeated call cancels the messages that became pending since the first call.
    """

    def __init__(self, database: Database, refunds: DueRefunds) -> None:
        self._database = database
        self._refunds = refunds
        self._items = JobItems(database, "messaging", "withdraw-cancelled")

    async def withdraw(self, org_id: UUID, campaign_id: UUID) -> None:
        """Stop the campaign from sending, cancel its pending messages and refund them."""
        cancelled = _BATCH
        while cancelled == _BATCH:
            cancelled = await self._cancel(org_id, campaign_id)

    async def sweep(self) -> None:
        """Cancel messages of withdrawn campaigns that became pending after the withdrawal."""
        async with self._database.system() as connection:
            found = await withdrawals.open_campaigns(connection)
        async with self._items.turn() as turn:
            for org_id, campaign_id in found:
                item = Item(str(campaign_id), org_id)
                await turn.attempt(item, partial(self.withdraw, org_id, campaign_id))

    async def _cancel(self, org_id: UUID, campaign_id: UUID) -> int:
        tally = Tally()
        async with self._database.org(org_id) as connection:
            # The counts are locked before the messages, in the same order as a hold locks them.
            await withdrawals.mark(connection, org_id, campaign_id)
            ids = await withdrawals.cancel(connection, org_id, campaign_id, _BATCH)
            tally.move(
                Move(org_id, campaign_id, MessageStatus.PENDING, MessageStatus.CANCELLED)
                for _ in ids
            )
            await tally.announce_and_write(connection)
        if ids:
            await self._refunds.refund(org_id, ids)
        return len(ids)
