"""Whatever the order of events, the balance finally matches Stripe's refunds and disputes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from services.billing.events.stripe import StripeEvents
from services.billing.providers.stripe_api import StripeApi
from services.billing.support.payments import apply, look_up
from services.billing.tests.stripe_payer import StripePayer, incoming
from services.billing.usecases.settle_payment import SettlePayment
from tests.fixtures.running import Person, Running, Simulator


@pytest.fixture
def payer(billing: Running, database: Database, bus: Bus, simulator: Simulator) -> StripePayer:
    return StripePayer(billing, database, bus, simulator, Person())


async def test_a_failed_stripe_refund_is_returned_to_the_balance(payer: StripePayer) -> None:
    payment = await payer.paid(1000)
    refund = payer.control("stripe/refund", {"payment_intent": payment, "amount": 400})
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 600
    payer.control(f"stripe/refund/{refund['id']}", {"status": "failed"})
    await payer.deliver(*payer.events(payment) * 2)
    assert await payer.balance() == 1000


@pytest.mark.parametrize("name", ["charge.refund.updated", "refund.updated", "refund.failed"])
async def test_a_single_event_of_a_failed_refund_is_enough_to_return_its_money(
    payer: StripePayer, name: str
) -> None:
    payment = await payer.paid(1000)
    refund = payer.control("stripe/refund", {"payment_intent": payment})
    await payer.deliver(*payer.events(payment))
    payer.control(f"stripe/refund/{refund['id']}", {"status": "failed"})
    await payer.deliver(*[e for e in payer.events(payment) if e["type"] == name])
    assert await payer.balance() == 1000


async def test_a_refund_event_of_an_unknown_type_takes_the_money_from_the_balance(
    payer: StripePayer,
) -> None:
    payment = await payer.paid(1000)
    refund = payer.control("stripe/refund", {"payment_intent": payment, "amount": 300})
    await payer.deliver({"type": "refund.some_new_name", "data": {"object": refund}})
    assert await payer.balance() == 700


async def test_of_two_refunds_only_the_failed_one_returns_its_money(payer: StripePayer) -> None:
    payment = await payer.paid(1000)
    failing = payer.control("stripe/refund", {"payment_intent": payment, "amount": 300})
    payer.control("stripe/refund", {"payment_intent": payment, "amount": 500})
    await payer.deliver(*payer.events(payment))
    payer.control(f"stripe/refund/{failing['id']}", {"status": "failed"})
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 500


@pytest.mark.parametrize(
    ("statuses", "left"),
    [
        (["pending"], 600),
        (["pending", "succeeded"], 600),
        (["pending", "failed"], 1000),
        (["requires_action"], 600),
        (["requires_action", "canceled"], 1000),
    ],
)
async def test_the_last_status_of_a_refund_decides_the_balance(
    payer: StripePayer, statuses: Sequence[str], left: int
) -> None:
    payment = await payer.paid(1000)
    refund = payer.control("stripe/refund", {"payment_intent": payment, "amount": 400})
    for status in statuses:
        await payer.deliver(*payer.events(payment))
        payer.control(f"stripe/refund/{refund['id']}", {"status": status})
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == left


async def test_the_money_of_a_failed_refund_pays_what_is_owed_for_another_refund(
    payer: StripePayer,
) -> None:
    payment = await payer.paid(1000)
    await payer.deliver(*payer.events(payment))
    await payer.spend(700)
    failing = payer.control("stripe/refund", {"payment_intent": payment, "amount": 300})
    await payer.deliver(*payer.events(payment))
    payer.control("stripe/refund", {"payment_intent": payment, "amount": 200})
    await payer.deliver(*payer.events(payment))
    assert (await payer.balance(), await payer.owed()) == (0, 200)
    payer.control(f"stripe/refund/{failing['id']}", {"status": "failed"})
    await payer.deliver(*payer.events(payment))
    assert (await payer.balance(), await payer.owed()) == (100, 0)


async def test_a_failed_refund_of_money_that_was_spent_leaves_no_debt(payer: StripePayer) -> None:
    payment = await payer.paid(1000)
    await payer.deliver(*payer.events(payment))
    await payer.spend(1000)
    refund = payer.control("stripe/refund", {"payment_intent": payment})
    await payer.deliver(*payer.events(payment))
    assert await payer.owed() == 1000
    payer.control(f"stripe/refund/{refund['id']}", {"status": "failed"})
    await payer.deliver(*payer.events(payment))
    following = await payer.paid(500)
    await payer.deliver(*payer.events(following))
    assert (await payer.balance(), await payer.owed()) == (500, 0)


async def test_an_inquiry_takes_money_only_after_it_becomes_a_dispute(payer: StripePayer) -> None:
    payment = await payer.paid(1000)
    inquiry = payer.control(
        "stripe/dispute", {"payment_intent": payment, "status": "warning_needs_response"}
    )
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 1000
    payer.control(f"stripe/dispute/{inquiry['id']}", {"status": "needs_response"})
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 0


async def test_a_closed_inquiry_takes_no_money(payer: StripePayer) -> None:
    payment = await payer.paid(1000)
    inquiry = payer.control(
        "stripe/dispute", {"payment_intent": payment, "status": "warning_needs_response"}
    )
    payer.control(f"stripe/dispute/{inquiry['id']}/close", {"status": "lost"})
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 1000


async def test_an_older_state_from_stripe_that_is_applied_after_a_newer_one_changes_nothing(
    payer: StripePayer, stripe_api: StripeApi
) -> None:
    payment = await payer.paid(1000)
    refund = payer.control("stripe/refund", {"payment_intent": payment})
    earlier = await look_up(payer.database, stripe_api, payment)
    payer.control(f"stripe/refund/{refund['id']}", {"status": "failed"})
    later = await look_up(payer.database, stripe_api, payment)
    for state in (later, earlier):
        async with payer.database.system() as connection:
            await apply(connection, state)
    assert await payer.balance() == 1000


@dataclass
class Story:
    """The steps in the life of a payment of 1,000 cents, and the Stripe events that they cause."""

    payer: StripePayer
    payment: str
    consumer: StripeEvents
    spent: int = 0
    refunds: list[str] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)

    async def step(self, step: tuple[str, Any]) -> None:
        """Do one step. If Stripe or the balance does not allow it, change nothing."""
        name, detail = step
        try:
            await getattr(self, name)(detail)
        except httpx.HTTPStatusError as refusal:
            assert refusal.response.status_code == 400  # noqa: PT017 (or it would be raised)

    async def refund(self, amount: int) -> None:
        made = self.payer.control(
            "stripe/refund", {"payment_intent": self.payment, "amount": amount}
        )
        self.refunds.append(made["id"])

    async def move_refund(self, detail: tuple[int, str]) -> None:
        number, status = detail
        if self.refunds:
            refund = self.refunds[number % len(self.refunds)]
            self.payer.control(f"stripe/refund/{refund}", {"status": status})

    async def dispute(self, detail: tuple[int, str]) -> None:
        amount, status = detail
        wanted = {"payment_intent": self.payment, "amount": amount, "status": status}
        self.disputes.append(self.payer.control("stripe/dispute", wanted)["id"])

    async def move_dispute(self, detail: tuple[int, str]) -> None:
        number, status = detail
        if self.disputes:
            dispute = self.disputes[number % len(self.disputes)]
            path = "/close" if status in ("won", "lost") else ""
            self.payer.control(f"stripe/dispute/{dispute}{path}", {"status": status})

    async def spend(self, cents: int) -> None:
        if await self.payer.balance() >= cents:
            await self.payer.spend(cents)
            self.spent += cents

    async def deliver(self, choice: list[int]) -> None:
        """Deliver some of the payment's events so far, in an order that ``choice`` decides."""
        events = self.payer.events(self.payment)
        await self.consumer.handle([incoming(events[n % len(events)]) for n in choice])


_CENTS = st.integers(1, 700)
_STEPS = st.one_of(
    st.tuples(st.just("refund"), _CENTS),
    st.tuples(
        st.just("move_refund"),
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["pending", "requires_action", "succeeded", "failed", "canceled"]),
        ),
    ),
    st.tuples(
        st.just("dispute"),
        st.tuples(_CENTS, st.sampled_from(["needs_response", "warning_needs_response"])),
    ),
    st.tuples(
        st.just("move_dispute"),
        st.tuples(
            st.integers(0, 3), st.sampled_from(["needs_response", "under_review", "won", "lost"])
        ),
    ),
    st.tuples(st.just("spend"), _CENTS),
    st.tuples(st.just("deliver"), st.lists(st.integers(0, 40), max_size=3)),
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(_STEPS, max_size=10), last=st.randoms(use_true_random=False))
async def test_the_balance_matches_stripe_after_any_order_of_events(
    steps: list[tuple[str, Any]],
    last: Any,
    billing: Running,
    database: Database,
    bus: Bus,
    simulator: Simulator,
    stripe_api: StripeApi,
) -> None:
    payer = StripePayer(billing, database, bus, simulator, Person())
    story = Story(payer, await payer.paid(1000), StripeEvents(SettlePayment(database, stripe_api)))
    for step in steps:
        await story.step(step)
    events = payer.events(story.payment) * 2
    last.shuffle(events)
    await story.consumer.handle([incoming(event) for event in events])
    balance, owed = await payer.balance(), await payer.owed()
    assert balance - owed == 1000 - story.spent - payer.held(story.payment)
    assert 0 in (balance, owed)
