"""Start a top-up: store it, open a checkout at Stripe, store the checkout's session."""

from servicekit.db.database import Database
from servicekit.identity import Identity
from servicekit.ids import new_id
from services.billing.providers.stripe_api import CheckoutSession, StripeApi
from services.billing.providers.stripe_forms import CheckoutRequest
from services.billing.storage import automatic_topups, topups
from services.billing.support.paying import own_account


class StartCheckout:
    """Opens checkouts at Stripe for top-ups."""

    def __init__(
        self, database: Database, stripe_api: StripeApi, currency: str, return_url: str
    ) -> None:
        self._database = database
        self._stripe = stripe_api
        self._currency = currency
        self._return_url = return_url

    async def start(
        self, caller: Identity, amount_cents: int, *, save_card: bool = False
    ) -> CheckoutSession:
        """Open a checkout of ``amount_cents`` for the balance that the caller spends.

        With ``save_card``, Stripe keeps the card for automatic top-ups of this balance.

        Raises:
            Forbidden: the card would be saved for the organisation's balance, and the caller is
                neither owner nor admin.
            Unavailable: Stripe does not answer or refuses.
        """
        org_id, user_id, topup_id = caller.require_org(), caller.require_user(), new_id()
        async with self._database.org(org_id) as connection:
            account = await own_account(connection, caller, to_change=save_card)
            await topups.add(connection, topup_id, account, amount_cents, self._currency, user_id)
            known = await automatic_topups.customer_of(connection, account) if save_card else None
        session = await self._stripe.open_checkout(
            CheckoutRequest(
                topup_id,
                org_id,
                amount_cents,
                self._currency,
                self._return_url,
                save_card,
                known,
            )
        )
        async with self._database.org(org_id) as connection:
            await topups.set_session(connection, org_id, topup_id, session.id)
        return session
