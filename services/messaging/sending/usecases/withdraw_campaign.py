"""Withdraw a campaign: what is pending of it is cancelled, and its charges are given back."""

from functools import partial
from uuid import UUID

from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.messaging.sending.storage import withdrawals
from services.messaging.sending.storage.counts import Move, Tally
from services.messaging.sending.usecases.hand_over import moved_events
from services.messaging.sending.usecases.refund_messages import RefundMessages

# No more than billing gives back at once.
_BATCH = 2000


class WithdrawCampaign:
    """Withdraws campaigns. Doing it again takes back what has become pending meanwhile."""

    def __init__(self, database: Database, refunds: RefundMessages) -> None:
        self._database = database
        self._refunds = refunds
        self._items = JobItems(database, "messaging", "withdraw-cancelled")

    async def __call__(self, org_id: UUID, campaign_id: UUID) -> None:
        """Let nothing of the campaign be sent from now on, and take back what is pending."""
        taken = _BATCH
        while taken == _BATCH:
            taken = await self._take_back(org_id, campaign_id)

    async def sweep(self) -> None:
        """Take back what became pending since: a sender gave it back, or it was being accepted."""
        async with self._database.system() as connection:
            found = await withdrawals.open_campaigns(connection)
        async with self._items.turn() as turn:
            for org_id, campaign_id in found:
                item = Item(str(campaign_id), org_id)
                await turn.attempt(item, partial(self, org_id, campaign_id))

    async def _take_back(self, org_id: UUID, campaign_id: UUID) -> int:
        tally = Tally()
        async with self._database.org(org_id) as connection:
            # The counts are locked before the messages, as a hold does it.
            await withdrawals.mark(connection, org_id, campaign_id)
            ids = await withdrawals.take_back(connection, org_id, campaign_id, _BATCH)
            tally.move(Move(org_id, campaign_id, "pending", "cancelled") for _ in ids)
            await announce(connection, *moved_events(tally))
            await tally.write(connection)
        if ids:
            await self._refunds(org_id, ids)
        return len(ids)
