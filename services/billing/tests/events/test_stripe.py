"""Stripe's events credit a payment once and take it back once, in any order."""

import itertools
import re
from pathlib import Path

import pytest

from servicekit.bus.connection import Bus, BusMessage
from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.identity import acting_as
from services.billing.events.stripe import PAYMENT_FIELD, StripeEvents
from services.billing.providers.stripe_api import StripeApi
from services.billing.tests.money import pay_in
from services.billing.tests.shop import Shop, incoming
from smsblaster.billing.v1 import transactions_pb2, transactions_pb2_grpc
from tests.fixtures.running import Person, Running, Simulator
from tests.fixtures.waiting import wait_until

_PAGE = Path(__file__).resolve().parents[4] / "docs" / "stripe-events.md"


@pytest.fixture
def shop(billing: Running, database: Database, bus: Bus, simulator: Simulator) -> Shop:
    return Shop(billing, database, bus, simulator, Person())


async def test_a_payment_is_credited_with_its_receipt(shop: Shop) -> None:
    payment = await shop.paid(5000)
    await shop.deliver(*shop.events(payment))
    assert await shop.balance() == 5000
    stub = transactions_pb2_grpc.TransactionServiceStub(shop.billing.channel)
    with acting_as(shop.person.identity()):
        page = await shop.billing.caller().call(
            stub.ListTransactions, transactions_pb2.ListTransactionsRequest()
        )
    [entry] = page.items
    assert (entry.external_id, entry.source) == (
        payment,
        transactions_pb2.TRANSACTION_SOURCE_STRIPE,
    )
    assert entry.receipt_url.startswith("http")


async def test_all_orders_of_a_payments_events_each_three_times_are_one_credit(
    shop: Shop,
) -> None:
    for expected, turn in enumerate(itertools.permutations(range(3)), start=1):
        payment = await shop.paid(100)
        events = shop.events(payment)
        assert {e["type"] for e in events} >= {
            "checkout.session.completed",
            "payment_intent.succeeded",
        }
        await shop.deliver(*[events[i] for i in turn if i < len(events)] * 3)
        assert await shop.balance() == expected * 100


async def test_the_same_webhook_brought_again_credits_nothing(shop: Shop) -> None:
    payment = await shop.paid(300)
    [event] = [e for e in shop.events(payment) if e["type"] == "payment_intent.succeeded"]
    brought = incoming(event)
    for attempt in ("", "-again"):  # another id on the bus, as after a lost store
        await shop.bus.publish(
            [BusMessage("webhook.stripe", brought.id + attempt, brought.payload)]
        )
    await wait_until(lambda: shop.all_handled({brought.id}))
    assert await shop.balance() == 300


async def test_an_open_checkout_credits_nothing(shop: Shop) -> None:
    checkout = await shop.checkout(700)
    session = shop.stripe(f"checkout/sessions/{checkout.session_id}")
    await shop.deliver({"type": "checkout.session.completed", "data": {"object": session}})
    assert await shop.balance() == 0


async def test_a_refund_takes_the_money_back_out_once(shop: Shop) -> None:
    payment = await shop.paid(1000)
    shop.control("stripe/refund", {"payment_intent": payment, "amount": 400})
    await shop.deliver(*shop.events(payment)[::-1] * 2)  # the refund's events first
    assert await shop.balance() == 600


async def test_what_a_refund_can_not_take_is_taken_from_the_next_payment(shop: Shop) -> None:
    payment = await shop.paid(1000)
    await shop.deliver(*shop.events(payment))
    await shop.spend(900)
    shop.control("stripe/refund", {"payment_intent": payment})
    await shop.deliver(*shop.events(payment))
    assert await shop.balance() == 0
    following = await shop.paid(2000)
    await shop.deliver(*shop.events(following))
    assert await shop.balance() == 2000 - 900


async def test_a_dispute_holds_the_money_until_it_is_won(shop: Shop) -> None:
    payment = await shop.paid(1000)
    await shop.deliver(*shop.events(payment))
    dispute = shop.control("stripe/dispute", {"payment_intent": payment})
    await shop.deliver(*shop.events(payment))
    assert await shop.balance() == 0
    shop.control(f"stripe/dispute/{dispute['id']}/close", {"status": "won"})
    await shop.deliver(*shop.events(payment) * 2)
    assert await shop.balance() == 1000


async def test_a_lost_dispute_keeps_the_money(shop: Shop) -> None:
    payment = await shop.paid(1000)
    dispute = shop.control("stripe/dispute", {"payment_intent": payment})
    shop.control(f"stripe/dispute/{dispute['id']}/close", {"status": "lost"})
    await shop.deliver(*shop.events(payment))
    assert await shop.balance() == 0


async def test_a_payment_that_is_not_ours_is_passed_over(shop: Shop) -> None:
    await pay_in(shop.database, shop.person, 50)
    await shop.deliver({"type": "customer.created", "data": {"object": {"id": "cus_1"}}})
    assert await shop.balance() == 50


async def test_an_event_of_a_payment_that_stripe_does_not_know_is_not_taken_for_handled(
    shop: Shop, stripe_api: StripeApi
) -> None:
    unknown = {"id": "pi_nowhere", "object": "payment_intent"}
    event = {"type": "payment_intent.succeeded", "data": {"object": unknown}}
    brought = incoming(event)
    with pytest.raises(NotFound):
        await StripeEvents(shop.database, stripe_api)([brought])
    assert not await shop.all_handled({brought.id})


def test_the_page_for_operators_lists_the_events_that_are_understood() -> None:
    page = _PAGE.read_text()
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", page, re.MULTILINE)) == set(PAYMENT_FIELD)
