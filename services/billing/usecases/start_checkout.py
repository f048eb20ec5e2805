"""Start a top-up: store it, open a checkout at Stripe, store the checkout's session."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.billing.domain.payers import paying_account
from services.billing.providers.stripe_api import CheckoutRequest, CheckoutSession, StripeApi
from services.billing.storage import settings, topups


class StartCheckout:
    """Opens checkouts at Stripe for top-ups."""

    def __init__(
        self, database: Database, stripe_api: StripeApi, currency: str, return_url: str
    ) -> None:
        self._database = database
        self._stripe = stripe_api
        self._currency = currency
        self._return_url = return_url

    async def start(self, org_id: UUID, user_id: UUID, amount_cents: int) -> CheckoutSession:
        """Open a checkout of ``amount_cents`` for the balance that the user spends.

        Raises ``Unavailable`` if Stripe does not answer or refuses.
        """
        topup_id = new_id()
        async with self._database.org(org_id) as connection:
            setting = await settings.payer_of(connection, org_id)
            account = paying_account(setting, org_id, user_id)
            await topups.add(connection, topup_id, account, amount_cents, self._currency, user_id)
        session = await self._stripe.open_checkout(
            CheckoutRequest(
                topup_id, account.org_id, amount_cents, self._currency, self._return_url
            )
        )
        async with self._database.org(account.org_id) as connection:
            await topups.set_session(connection, account.org_id, topup_id, session.id)
        return session
