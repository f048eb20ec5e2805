"""Events of Stripe credit a payment once and take back refunds once, in any order."""

import itertools
import re
from pathlib import Path

import pytest

from servicekit.bus.connection import Bus, BusMessage
from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, NotFound
from servicekit.identity import acting_as
from services.billing.events.stripe import PAYMENT_FIELD, StripeEvents
from services.billing.providers.stripe_api import StripeApi
from services.billing.tests.money import pay_in
from services.billing.tests.stripe_payer import StripePayer, incoming
from services.billing.usecases.settle_payment import SettlePayment
from smsblaster.billing.v1 import (
    checkout_pb2,
    checkout_pb2_grpc,
    transactions_pb2,
    transactions_pb2_grpc,
)
from tests.fixtures.running import Person, Running, Simulator
from tests.fixtures.waiting import wait_until

_PAGE = Path(__file__).resolve().parents[4] / "docs" / "stripe-events.md"


@pytest.fixture
def payer(billing: Running, database: Database, bus: Bus, simulator: Simulator) -> StripePayer:
    return StripePayer(billing, database, bus, simulator, Person())


async def test_a_payment_is_credited_and_its_transaction_has_the_receipt_link(
    payer: StripePayer,
) -> None:
    payment = await payer.paid(5000)
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 5000
    stub = transactions_pb2_grpc.TransactionServiceStub(payer.billing.channel)
    with acting_as(payer.person.identity()):
        page = await payer.billing.caller().call(
            stub.ListTransactions, transactions_pb2.ListTransactionsRequest()
        )
    [entry] = page.items
    assert (entry.external_id, entry.source) == (
        payment,
        transactions_pb2.TRANSACTION_SOURCE_STRIPE,
    )
    assert entry.receipt_url.startswith("http")
    assert entry.by_user_id == str(payer.person.user_id)


async def test_a_checkout_shows_whether_its_payment_has_arrived(payer: StripePayer) -> None:
    opened = await payer.checkout(700)
    found = await payer.checkout_result(opened.session_id)
    assert (found.status, found.amount_cents) == (checkout_pb2.CHECKOUT_STATUS_OPEN, 700)
    payer.control(f"stripe/pay/{opened.session_id}", {})
    payment = payer.stripe(f"checkout/sessions/{opened.session_id}")["payment_intent"]
    await payer.deliver(*payer.events(payment))
    found = await payer.checkout_result(opened.session_id)
    assert found.status == checkout_pb2.CHECKOUT_STATUS_PAID
    assert found.transaction_id
    assert found.receipt_url.startswith("http")


async def test_a_checkout_of_another_organisation_stays_hidden(
    payer: StripePayer, billing: Running
) -> None:
    opened = await payer.checkout(700)
    stub = checkout_pb2_grpc.CheckoutServiceStub(billing.channel)
    request = checkout_pb2.GetCheckoutRequest(session_id=opened.session_id)
    with acting_as(Person().identity()), pytest.raises(CrossOrgAccess):
        await billing.caller().call(stub.GetCheckout, request)
    with pytest.raises(NotFound):
        await payer.checkout_result("cs_test_none")


async def test_a_payment_is_credited_once_for_repeated_events_in_any_order(
    payer: StripePayer,
) -> None:
    for expected, turn in enumerate(itertools.permutations(range(3)), start=1):
        payment = await payer.paid(100)
        events = payer.events(payment)
        assert {e["type"] for e in events} >= {
            "checkout.session.completed",
            "payment_intent.succeeded",
        }
        await payer.deliver(*[events[i] for i in turn if i < len(events)] * 3)
        assert await payer.balance() == expected * 100


async def test_a_repeated_webhook_credits_its_payment_once(payer: StripePayer) -> None:
    payment = await payer.paid(300)
    [event] = [e for e in payer.events(payment) if e["type"] == "payment_intent.succeeded"]
    brought = incoming(event)
    for attempt in ("", "-again"):  # another id, as if the bus had lost its stored events
        await payer.bus.publish(
            [BusMessage("webhook.stripe", brought.id + attempt, brought.payload)]
        )
    await wait_until(lambda: payer.all_handled({brought.id}))
    assert await payer.balance() == 300


async def test_an_unpaid_checkout_credits_nothing(payer: StripePayer) -> None:
    checkout = await payer.checkout(700)
    session = payer.stripe(f"checkout/sessions/{checkout.session_id}")
    await payer.deliver({"type": "checkout.session.completed", "data": {"object": session}})
    assert await payer.balance() == 0


async def test_a_stripe_refund_is_taken_from_the_balance_once(payer: StripePayer) -> None:
    payment = await payer.paid(1000)
    payer.control("stripe/refund", {"payment_intent": payment, "amount": 400})
    await payer.deliver(*payer.events(payment)[::-1] * 2)  # the refund's events first
    assert await payer.balance() == 600


async def test_a_refund_that_the_balance_does_not_cover_is_taken_from_the_next_payment(
    payer: StripePayer,
) -> None:
    payment = await payer.paid(1000)
    await payer.deliver(*payer.events(payment))
    await payer.spend(900)
    payer.control("stripe/refund", {"payment_intent": payment})
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 0
    following = await payer.paid(2000)
    await payer.deliver(*payer.events(following))
    assert await payer.balance() == 2000 - 900


async def test_a_dispute_takes_the_money_until_it_is_won(payer: StripePayer) -> None:
    payment = await payer.paid(1000)
    await payer.deliver(*payer.events(payment))
    dispute = payer.control("stripe/dispute", {"payment_intent": payment})
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 0
    payer.control(f"stripe/dispute/{dispute['id']}/close", {"status": "won"})
    await payer.deliver(*payer.events(payment) * 2)
    assert await payer.balance() == 1000


async def test_the_money_of_a_lost_dispute_is_not_returned(payer: StripePayer) -> None:
    payment = await payer.paid(1000)
    dispute = payer.control("stripe/dispute", {"payment_intent": payment})
    payer.control(f"stripe/dispute/{dispute['id']}/close", {"status": "lost"})
    await payer.deliver(*payer.events(payment))
    assert await payer.balance() == 0


async def test_a_stripe_event_without_a_payment_is_ignored(payer: StripePayer) -> None:
    await pay_in(payer.database, payer.person, 50)
    await payer.deliver({"type": "customer.created", "data": {"object": {"id": "cus_1"}}})
    assert await payer.balance() == 50


async def test_an_event_about_a_payment_that_stripe_cannot_find_is_not_marked_as_handled(
    payer: StripePayer, stripe_api: StripeApi
) -> None:
    unknown = {"id": "pi_nowhere", "object": "payment_intent"}
    event = {"type": "payment_intent.succeeded", "data": {"object": unknown}}
    brought = incoming(event)
    with pytest.raises(NotFound):
        await StripeEvents(SettlePayment(payer.database, stripe_api)).handle([brought])
    assert not await payer.all_handled({brought.id})


def test_the_documentation_lists_all_handled_stripe_events() -> None:
    page = _PAGE.read_text()
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", page, re.MULTILINE)) == set(PAYMENT_FIELD)
