"""Set up automatic top-ups: save the rule of a balance, and delete its card."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import InvalidInput
from services.billing.domain.automatic_topups import AutomaticTopUp, SavedCard, TopUpRule
from services.billing.domain.ledger import LedgerAccount
from services.billing.providers.stripe_api import StripeApi
from services.billing.storage import automatic_topups, outbox
from services.billing.storage.outbox import AuditEntry
from services.billing.support.paying import account_to_clear, own_account


class SetUpAutomaticTopups:
    """Changes the rule and the card of the balance that the caller spends, with an audit entry."""

    def __init__(self, database: Database, stripe_api: StripeApi) -> None:
        self._database = database
        self._stripe = stripe_api

    async def change(
        self, wanted: TopUpRule, if_version: int | None = None
    ) -> tuple[LedgerAccount, AutomaticTopUp]:
        """Save the rule. Returns the account and its automatic top-up.

        Raises:
            Forbidden: the organisation pays, and the caller is neither owner nor admin.
            PreconditionFailed: somebody has changed the rule since its version ``if_version``.
            InvalidInput: no card is saved (code ``card_missing``), or an amount is too small.
        """
        if wanted.daily_limit_cents < wanted.amount_cents:
            raise InvalidInput.of("dailyLimitCents", "must be at least `amountCents`")
        if wanted.amount_cents < wanted.threshold_cents:
            # Otherwise one payment might not be enough, and the card would pay every second.
            raise InvalidInput.of("amountCents", "must be at least `thresholdCents`")
        caller = identity.current()
        async with self._database.org(caller.require_org()) as connection:
            account = await own_account(connection, caller, to_change=True)
            require_version(await automatic_topups.lock(connection, account), if_version)
            found = await automatic_topups.find(connection, account)
            if wanted.enabled and found.card is None:
                raise InvalidInput.of(
                    "enabled",
                    "needs a saved card; pay once with `saveCard` set to true",
                    "card_missing",
                )
            await automatic_topups.replace(
                connection,
                account,
                wanted,
                by_user_id=caller.require_user(),
                email=caller.email,
                org_name=caller.org_name,
            )
            await _audit(connection, account.org_id, "automatic_top_up_changed", wanted)
            return account, await automatic_topups.find(connection, account)

    async def delete_card(self) -> tuple[LedgerAccount, AutomaticTopUp]:
        """Delete the card at Stripe and here. Returns the balance with what is stored for it.

        If the organisation pays and the caller is neither owner nor admin, the card of the caller's
        own balance is deleted. Raises ``Unavailable`` if Stripe does not answer.
        """
        caller = identity.current()
        async with self._database.org(caller.require_org()) as connection:
            account = await account_to_clear(connection, caller)
            found = await automatic_topups.find(connection, account)
        if found.card is None:
            return account, found
        await self._delete_at_stripe(account, found.card)
        async with self._database.org(account.org_id) as connection:
            await automatic_topups.remove_card(connection, account, found.card)
            await _audit(connection, account.org_id, "saved_card_deleted", found.rule)
            return account, await automatic_topups.find(connection, account)

    async def clear_of_member(self, org_id: UUID, user_id: UUID) -> None:
        """Delete the card of a removed member, and send them no more alerts. Idempotent.

        Raises ``Unavailable`` if Stripe does not answer.
        """
        account = LedgerAccount(org_id, user_id)
        async with self._database.org(org_id) as connection:
            await automatic_topups.forget_email(connection, org_id, user_id)
            found = await automatic_topups.find(connection, account)
        if found.card:
            await self._delete_at_stripe(account, found.card)
            async with self._database.org(org_id) as connection:
                await automatic_topups.remove_card(connection, account, found.card)

    async def _delete_at_stripe(self, account: LedgerAccount, card: SavedCard) -> None:
        # Turned off first, so that no payment begins between the two deletions.
        async with self._database.org(account.org_id) as connection:
            await automatic_topups.turn_off(connection, account)
        await self._stripe.delete_card(card.payment_method_id)


async def _audit(connection: AsyncConnection, org_id: UUID, action: str, rule: TopUpRule) -> None:
    facts = {
        "enabled": rule.enabled,
        "threshold_cents": rule.threshold_cents,
        "amount_cents": rule.amount_cents,
        "daily_limit_cents": rule.daily_limit_cents,
    }
    await outbox.audit(
        connection, AuditEntry(org_id, action, ("billing_settings", str(org_id)), facts)
    )
