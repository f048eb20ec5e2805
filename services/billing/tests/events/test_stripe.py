"""Stripe's events credit a payment once and take it back once, in any order."""

import itertools
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.identity import acting_as
from services.billing.events.stripe import StripeEvents
from services.billing.providers.stripe_api import StripeApi
from services.billing.storage import ledger
from services.billing.tests.money import account_of, ledger_sum, pay_in
from smsblaster.billing.v1 import (
    charges_pb2,
    charges_pb2_grpc,
    checkout_pb2,
    checkout_pb2_grpc,
    transactions_pb2,
    transactions_pb2_grpc,
)
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.running import STRIPE_KEY, Person, Running, Simulator
from tests.fixtures.waiting import wait_until


@dataclass
class Shop:
    """Someone who pays in, and Stripe's view of it."""

    billing: Running
    database: Database
    bus: Bus
    simulator: Simulator
    person: Person

    async def checkout(self, cents: int) -> checkout_pb2.Checkout:
        stub = checkout_pb2_grpc.CheckoutServiceStub(self.billing.channel)
        with acting_as(self.person.identity()):
            return await self.billing.caller().call(
                stub.CreateCheckout, checkout_pb2.CreateCheckoutRequest(amount_cents=cents)
            )

    async def paid(self, cents: int) -> str:
        """Pay through a checkout; the payment's id."""
        checkout = await self.checkout(cents)
        self.control(f"stripe/pay/{checkout.session_id}", {})
        session = self.stripe(f"checkout/sessions/{checkout.session_id}")
        payment: str = session["payment_intent"]
        return payment

    def control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(f"{self.simulator.url}/sim/{path}", json=body)
        answer.raise_for_status()
        return dict(answer.json())

    def stripe(self, path: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.simulator.stripe_url}/v1/{path}", auth=(STRIPE_KEY, ""))
        answer.raise_for_status()
        return dict(answer.json())

    def events(self, payment: str) -> list[dict[str, Any]]:
        """Every event that Stripe has about the payment, oldest first."""
        return [e for e in self.stripe("events?limit=100")["data"] if payment in json.dumps(e)][
            ::-1
        ]

    async def deliver(self, *events: dict[str, Any]) -> None:
        """Bring events as the webhooks service does, each a webhook of its own; wait for them."""
        received = [
            events_pb2.WebhookReceived(id=str(uuid4()), body=json.dumps(event).encode())
            for event in events
        ]
        await self.bus.publish(
            [BusMessage("webhook.stripe", r.id, r.SerializeToString()) for r in received]
        )
        waiting = {r.id for r in received}
        await wait_until(lambda: self._all_handled(waiting), message="events handled")

    async def _all_handled(self, ids: set[str]) -> bool:
        async with self.database.system() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT payload FROM outbox WHERE subject = 'event.billing.webhook_handled'"
            )
            handled = {
                outcome.id
                for row in rows
                for outcome in events_pb2.WebhooksHandled.FromString(row.payload).outcomes
            }
        return ids <= handled

    async def balance(self) -> int:
        account = account_of(self.person)
        async with self.database.org(account.org_id) as connection:
            stored = await ledger.balance_of(connection, account)
        assert stored == await ledger_sum(self.database, self.person)
        return stored

    async def spend(self, cents: int) -> None:
        stub = charges_pb2_grpc.ChargeServiceStub(self.billing.channel)
        charge = charges_pb2.MessageCharge(message_id=str(uuid4()), amount_cents=cents)
        request = charges_pb2.ChargeBatchRequest(user_id=str(self.person.user_id), charges=[charge])
        with acting_as(self.person.identity()):
            await self.billing.caller("messaging").call(stub.ChargeBatch, request)


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
    received = events_pb2.WebhookReceived(id=str(uuid4()), body=json.dumps(event).encode())
    for attempt in ("", "-again"):  # another id on the bus, as after a lost store
        await shop.bus.publish(
            [BusMessage("webhook.stripe", received.id + attempt, received.SerializeToString())]
        )
    await wait_until(lambda: shop._all_handled({received.id}))
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
    received = events_pb2.WebhookReceived(id=str(uuid4()), body=json.dumps(event).encode())
    incoming = Incoming(received.id, "webhook.stripe", received.SerializeToString())
    with pytest.raises(NotFound):
        await StripeEvents(shop.database, stripe_api)([incoming])
    assert not await shop._all_handled({received.id})
