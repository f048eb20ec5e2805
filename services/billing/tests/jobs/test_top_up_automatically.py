"""A saved card pays once for each low balance, whatever fails meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.ids import new_id
from services.billing.domain.automatic_topups import AutomaticTopUp, OpenTopUp, TopUpRule
from services.billing.domain.ledger import LedgerAccount, Movement
from services.billing.providers.stripe_api import StripeApi
from services.billing.providers.stripe_forms import CheckoutRequest
from services.billing.storage import automatic_topups, balances, ledger, open_topups
from services.billing.support.payments import apply, look_up
from services.billing.tests.money import account_of, ledger_sum, pay_in
from services.billing.tests.saved_card import DECLINED_LATER, GOOD, NEEDS_OWNER
from services.billing.tests.tampering import scalars
from services.billing.usecases.top_up_automatically import TopUpAutomatically
from tests.fixtures.databases import as_owner
from tests.fixtures.running import STRIPE_KEY, Person, Simulator

RULE = TopUpRule(enabled=True, threshold_cents=1000, amount_cents=2000, daily_limit_cents=5000)


class DiesAfterTheCall(StripeApi):
    """Charges the card, and then fails, as if the process died before it stored the result."""

    async def charge_saved_card(self, topup: OpenTopUp) -> str:
        await super().charge_saved_card(topup)
        raise Unavailable("killed")


class NeverReached(StripeApi):
    """A Stripe client whose requests never reach Stripe."""

    async def charge_saved_card(self, topup: OpenTopUp) -> str:
        raise Unavailable("no connection")


@dataclass
class Shortfall:
    """A balance of 100 cents, with a saved card and a rule for automatic top-ups."""

    database: Database
    stripe_api: StripeApi
    simulator: Simulator
    person: Person = field(default_factory=Person)

    @property
    def account(self) -> LedgerAccount:
        return account_of(self.person)

    async def begins(self, card: str = GOOD, rule: TopUpRule = RULE) -> None:
        org_id = self.person.org_id
        order = CheckoutRequest(new_id(), org_id, 500, "usd", "http://localhost", save_card=True)
        session = await self.stripe_api.open_checkout(order)
        control = f"{self.simulator.url}/sim/stripe/pay/{session.id}"
        httpx.post(control, json={"card": card}).raise_for_status()
        intent = self.stripe(f"checkout/sessions/{session.id}")["payment_intent"]
        saved = (await self.stripe_api.payment(intent)).card
        assert saved is not None
        async with self.database.org(org_id) as connection:
            await automatic_topups.save_card(connection, self.account, saved)
            await automatic_topups.replace(
                connection, self.account, rule, email="ann@example.com", org_name="Acme"
            )
        await pay_in(self.database, self.person, 100)

    async def spend_all(self) -> None:
        async with self.database.org(self.person.org_id) as connection:
            cents = await balances.read_balance(connection, self.account)
            spent = Movement(self.account, cents, "admin_adjust", str(new_id()), "Spent")
            assert await ledger.debit(connection, spent)

    async def run(self, stripe_api: StripeApi | None = None) -> None:
        """Run the job, as if the minute between two runs was over."""
        async with self.database.system() as connection:
            await connection.exec_driver_sql("UPDATE automatic_topups SET due_at = now()")
            await connection.exec_driver_sql("UPDATE failing_items SET next_attempt_at = now()")
        await TopUpAutomatically(self.database, stripe_api or self.stripe_api, "usd").top_up_due()

    async def state(self) -> AutomaticTopUp:
        async with self.database.org(self.person.org_id) as connection:
            return await automatic_topups.find(connection, self.account)

    async def balance(self) -> int:
        async with self.database.org(self.person.org_id) as connection:
            cents = await balances.read_balance(connection, self.account)
        assert cents == await ledger_sum(self.database, self.person)
        return cents

    async def alerts(self) -> Sequence[Any]:
        return await scalars(self.database, "SELECT payload FROM notifications ORDER BY id")

    async def age(self) -> None:
        """Make the open top-up a day old, when Stripe may have deleted its idempotency key."""
        async with self.database.system() as connection:
            await connection.exec_driver_sql(
                "UPDATE topups SET created_at = now() - interval '25 hours' WHERE automatic"
            )

    def payments(self) -> list[int]:
        """Return the cents of the payments that the card made without its owner."""
        customer = self.stripe("customers?limit=1")["data"][0]["id"]
        found = self.stripe(f"payment_intents?customer={customer}&limit=100")["data"]
        return [each["amount_received"] for each in found if each["setup_future_usage"] is None]

    def newest_payment(self) -> str:
        payment: str = self.stripe("payment_intents?limit=1")["data"][0]["id"]
        return payment

    def refund(self, payment: str) -> None:
        httpx.post(
            f"{self.simulator.stripe_url}/v1/refunds",
            data={"payment_intent": payment},
            auth=(STRIPE_KEY, ""),
        ).raise_for_status()

    def stripe(self, path: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.simulator.stripe_url}/v1/{path}", auth=(STRIPE_KEY, ""))
        return dict(answer.raise_for_status().json())


@pytest.fixture
def shortfall(ledger_db: Database, stripe_api: StripeApi, simulator: Simulator) -> Shortfall:
    return Shortfall(ledger_db, stripe_api, simulator)


async def test_the_card_pays_once_when_the_balance_is_below_the_threshold(
    shortfall: Shortfall,
) -> None:
    await shortfall.begins()
    await shortfall.run()
    await shortfall.run()
    assert (await shortfall.balance(), shortfall.payments()) == (2100, [2000])
    assert (await shortfall.state()).paid_cents == 2000
    assert await scalars(
        shortfall.database, "SELECT description FROM billing_transactions WHERE source = 'stripe'"
    ) == ["Automatic top-up by card"]


@pytest.mark.parametrize(
    "rule",
    [
        TopUpRule(enabled=False, threshold_cents=1000, amount_cents=2000, daily_limit_cents=5000),
        TopUpRule(enabled=True, threshold_cents=100, amount_cents=2000, daily_limit_cents=5000),
    ],
    ids=["turned off", "balance is at the threshold"],
)
async def test_the_card_does_not_pay_if_the_rule_is_off_or_the_balance_is_at_its_threshold(
    shortfall: Shortfall, rule: TopUpRule
) -> None:
    await shortfall.begins(rule=rule)
    await shortfall.run()
    assert (await shortfall.balance(), shortfall.payments()) == (100, [])


async def test_the_card_pays_no_more_than_the_daily_limit(shortfall: Shortfall) -> None:
    await shortfall.begins()
    for _ in range(3):
        await shortfall.run()
        if await shortfall.balance():
            await shortfall.spend_all()
    assert shortfall.payments() == [2000, 2000]
    assert (await shortfall.state()).is_limit_reached


async def test_if_a_process_dies_after_the_card_has_paid_the_card_is_not_charged_again(
    shortfall: Shortfall,
) -> None:
    await shortfall.begins()
    dying = DiesAfterTheCall(STRIPE_KEY, shortfall.simulator.stripe_url)
    await shortfall.run(dying)
    await shortfall.run(dying)
    assert await shortfall.balance() == 100
    await shortfall.run()
    assert (await shortfall.balance(), shortfall.payments()) == (2100, [2000])
    await dying.close()


@pytest.mark.parametrize("has_paid", [True, False])
async def test_a_top_up_of_yesterday_is_looked_up_and_not_charged_again(
    shortfall: Shortfall, has_paid: bool
) -> None:
    await shortfall.begins()
    broken = (DiesAfterTheCall if has_paid else NeverReached)(
        STRIPE_KEY, shortfall.simulator.stripe_url
    )
    await shortfall.run(broken)
    await shortfall.age()
    await shortfall.run()
    assert (await shortfall.balance(), shortfall.payments()) == (
        (2100, [2000]) if has_paid else (100, [])
    )
    await shortfall.run()
    assert (await shortfall.balance(), shortfall.payments()) == (2100, [2000])
    await broken.close()


@pytest.mark.parametrize(
    ("card", "failure"),
    [(DECLINED_LATER, "declined"), (NEEDS_OWNER, "authentication_required")],
)
async def test_a_refused_card_stops_automatic_top_ups_and_alerts_the_user_who_set_them_up(
    shortfall: Shortfall, card: str, failure: str
) -> None:
    await shortfall.begins(card)
    await shortfall.run()
    await shortfall.run()
    assert (await shortfall.balance(), shortfall.payments()) == (100, [0])
    state = await shortfall.state()
    assert (state.failure, state.paid_cents) == (failure, 0)
    [alert] = await shortfall.alerts()
    assert (alert["failure"], alert["emails"], alert["card_last4"]) == (
        failure,
        ["ann@example.com"],
        card[-4:],
    )
    async with shortfall.database.org(shortfall.person.org_id) as connection:
        await automatic_topups.replace(connection, shortfall.account, RULE)
    await shortfall.run()
    assert len(shortfall.payments()) == 2


async def test_a_card_is_not_charged_after_the_rule_was_turned_off_if_stripe_got_no_request_before(
    shortfall: Shortfall,
) -> None:
    await shortfall.begins()
    unreached = NeverReached(STRIPE_KEY, shortfall.simulator.stripe_url)
    await shortfall.run(unreached)
    async with shortfall.database.org(shortfall.person.org_id) as connection:
        await automatic_topups.turn_off(connection, shortfall.account)
    await shortfall.run()
    await shortfall.run()
    assert (await shortfall.balance(), shortfall.payments()) == (100, [])
    await unreached.close()


async def test_a_payment_that_was_made_before_the_rule_was_turned_off_is_still_credited(
    shortfall: Shortfall,
) -> None:
    await shortfall.begins()
    dying = DiesAfterTheCall(STRIPE_KEY, shortfall.simulator.stripe_url)
    await shortfall.run(dying)
    async with shortfall.database.org(shortfall.person.org_id) as connection:
        await automatic_topups.turn_off(connection, shortfall.account)
    await shortfall.run()
    assert (await shortfall.balance(), shortfall.payments()) == (2100, [2000])
    await dying.close()


async def test_a_refund_stops_automatic_top_ups(shortfall: Shortfall) -> None:
    await shortfall.begins()
    await shortfall.run()
    payment = shortfall.newest_payment()
    shortfall.refund(payment)
    state = await look_up(shortfall.database, shortfall.stripe_api, payment)
    async with shortfall.database.system() as connection:
        await apply(connection, state)
    await shortfall.run()
    assert (await shortfall.balance(), shortfall.payments()) == (100, [2000])
    assert (await shortfall.state()).failure == "payment_reversed"


async def test_a_refusal_of_a_card_that_was_replaced_does_not_stop_automatic_top_ups(
    shortfall: Shortfall,
) -> None:
    await shortfall.begins(DECLINED_LATER)
    async with shortfall.database.org(shortfall.person.org_id) as connection:
        topup_id = new_id()
        setup = await open_topups.take_due(connection, shortfall.account)
        assert setup is not None
        card = setup.automatic.card
        assert card is not None
        topup = OpenTopUp(
            topup_id, shortfall.account, 2000, "usd", card.customer_id, "pm_old", is_old=False
        )
        await open_topups.begin(connection, shortfall.account, topup_id)
        assert not await open_topups.stop(connection, topup, "declined")
        assert (await automatic_topups.find(connection, shortfall.account)).failure is None


@pytest.mark.poison("billing/top-up-automatically")
async def test_a_rule_that_cannot_be_processed_does_not_stop_the_others(
    shortfall: Shortfall,
) -> None:
    other = Shortfall(shortfall.database, shortfall.stripe_api, shortfall.simulator)
    await shortfall.begins()
    await other.begins()
    poison = f"CHECK (user_id <> '{shortfall.person.user_id}') NOT VALID"
    async with as_owner(shortfall.database) as owner, owner.system() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE topups ADD CONSTRAINT poison {poison}")
    await shortfall.run()
    assert (await shortfall.balance(), await other.balance()) == (100, 2100)
