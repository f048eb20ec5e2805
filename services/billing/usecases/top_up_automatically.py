"""Top balances up automatically: charge a saved card when a balance is below its threshold.

A top-up is stored before its card is charged, and its id stays in the row of the balance's rule
until it has ended. So no other top-up of this balance begins meanwhile, even if this process is
killed. The id is also Stripe's idempotency key, so that a repeated call does not charge the card
again.
"""

from dataclasses import replace
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.ids import new_id
from servicekit.isolation import JobItems
from services.billing.domain.automatic_topups import (
    CardRefusal,
    OpenTopUp,
    SavedCard,
    TopUpFailure,
)
from services.billing.domain.ledger import LedgerAccount
from services.billing.providers.stripe_api import CardRefused, StripeApi
from services.billing.storage import alerts, balances, open_topups, settings, topups
from services.billing.storage.open_topups import Setup
from services.billing.support.payments import PaymentState, apply, look_up

log = structlog.get_logger()


class TopUpAutomatically:
    """Charges the saved cards of balances below their threshold, and ends interrupted top-ups."""

    def __init__(self, database: Database, stripe_api: StripeApi, currency: str) -> None:
        self._database = database
        self._stripe = stripe_api
        self._currency = currency
        self._items = JobItems(database, "billing", "top-up-automatically")

    async def top_up_due(self) -> None:
        """Begin the top-ups that are needed now, and end those that were interrupted."""
        async with self._items.turn() as turn:
            async with self._database.system() as connection:
                due = await open_topups.due(connection)
            for account in due:
                item = Item(str(account.user_id), account.org_id)
                await turn.attempt(item, partial(self._top_up, account))

    async def _top_up(self, account: LedgerAccount) -> None:
        async with self._database.org(account.org_id) as connection:
            setup = await open_topups.take_due(connection, account)
            if setup is None:
                return
            topup = await self._open(connection, account, setup)
        if topup is None:
            return
        try:
            state = await self._charge(topup)
        except CardRefused as refusal:
            await self._stop(topup, setup, refusal.failure)
            return
        if state is None:
            await self._give_up(topup)
        elif state.payment.failed:
            await self._stop(topup, setup, "declined")
        else:
            async with self._database.system() as connection:
                await apply(connection, state)

    async def _open(
        self, connection: AsyncConnection, account: LedgerAccount, setup: Setup
    ) -> OpenTopUp | None:
        """Load the top-up that has not ended, or else begin one if it is needed."""
        balance = await balances.read_balance(connection, account)
        if setup.open_topup_id is not None:
            found = await topups.open_automatic(connection, account, setup.open_topup_id)
            if found is None:
                await open_topups.end(connection, account, setup.open_topup_id)
                return None
            wanted = setup.automatic.still_wants(found, balance)
            return found if wanted else replace(found, is_old=True)
        card = setup.automatic.card
        if card is None or not setup.automatic.is_needed(balance):
            return None
        topup = self._topup(account, setup, card)
        await topups.add_automatic(connection, topup, setup.by_user_id)
        await open_topups.begin(connection, account, topup.id)
        return topup

    def _topup(self, account: LedgerAccount, setup: Setup, card: SavedCard) -> OpenTopUp:
        return OpenTopUp(
            new_id(),
            account,
            setup.automatic.rule.amount_cents,
            self._currency,
            card.customer_id,
            card.payment_method_id,
            is_old=False,
        )

    async def _charge(self, topup: OpenTopUp) -> PaymentState | None:
        """Charge the saved card, or look up the payment of an old top-up.

        Returns the payment's state, or None if an old top-up has no payment.

        Raises:
            CardRefused: Stripe refuses the card.
            Unavailable: Stripe does not answer. The next run asks again.
        """
        if topup.is_old:
            payment_id = await self._stripe.find_payment(topup.customer_id, topup.id)
        else:
            payment_id = await self._stripe.charge_saved_card(topup)
        if payment_id is None:
            return None
        return await look_up(self._database, self._stripe, payment_id)

    async def _give_up(self, topup: OpenTopUp) -> None:
        """End a top-up that never reached Stripe, so that a new one can begin."""
        log.warning("automatic_topup_given_up", topup_id=str(topup.id))
        async with self._database.org(topup.account.org_id) as connection:
            if await topups.mark_failed(connection, topup.account.org_id, topup.id):
                await open_topups.end(connection, topup.account, topup.id)

    async def _stop(self, topup: OpenTopUp, setup: Setup, failure: CardRefusal) -> None:
        """End a top-up whose card was refused, stop further ones, and alert the organisation."""
        account = topup.account
        async with self._database.org(account.org_id) as connection:
            if not await topups.mark_failed(connection, account.org_id, topup.id):
                return
            if not await open_topups.stop(connection, topup, failure):
                await open_topups.end(connection, account, topup.id)
                return
            alert = TopUpFailure(
                setup.org_name,
                topup.currency,
                await self._emails(connection, account, setup),
                topup.amount_cents,
                await balances.read_balance(connection, account),
                setup.automatic.card.last4 if setup.automatic.card else "",
                failure,
            )
            await alerts.add_topup_failure(connection, account.org_id, alert)

    async def _emails(
        self, connection: AsyncConnection, account: LedgerAccount, setup: Setup
    ) -> tuple[str, ...]:
        """Return the email addresses to alert about a failed top-up.

        These are the address of the user who set up the rule, and those in the billing settings.
        """
        stored = await settings.find(connection, account.org_id)
        listed = stored.notify_emails if stored else ()
        return tuple(dict.fromkeys(address for address in (setup.email, *listed) if address))
