"""Test helper: a person who pays through Stripe."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from servicekit.identity import acting_as
from services.billing.storage import balances
from services.billing.tests.money import account_of, ledger_sum
from smsblaster.billing.v1 import (
    charges_pb2,
    charges_pb2_grpc,
    checkout_pb2,
    checkout_pb2_grpc,
)
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.running import STRIPE_KEY, Person, Running, Simulator
from tests.fixtures.waiting import wait_until


@dataclass
class StripePayer:
    """A person who pays through Stripe, with access to Stripe's objects and the bus."""

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

    async def checkout_result(self, session_id: str) -> checkout_pb2.CheckoutResult:
        stub = checkout_pb2_grpc.CheckoutServiceStub(self.billing.channel)
        request = checkout_pb2.GetCheckoutRequest(session_id=session_id)
        with acting_as(self.person.identity()):
            return await self.billing.caller().call(stub.GetCheckout, request)

    async def paid(self, cents: int) -> str:
        """Pay through a checkout and return the payment's id."""
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
        """Return all events of a payment from Stripe, oldest first."""
        return [e for e in self.stripe("events?limit=100")["data"] if payment in json.dumps(e)][
            ::-1
        ]

    async def deliver(self, *events: dict[str, Any]) -> None:
        """Publish events as the webhooks service does, and wait until they are handled."""
        received = [
            events_pb2.WebhookReceived(id=str(uuid4()), body=json.dumps(event).encode())
            for event in events
        ]
        await self.bus.publish(
            [BusMessage("webhook.stripe", r.id, r.SerializeToString()) for r in received]
        )
        waiting = {r.id for r in received}
        await wait_until(lambda: self.all_handled(waiting), message="events handled")

    async def all_handled(self, ids: set[str]) -> bool:
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
            stored = await balances.read_balance(connection, account)
        assert stored == await ledger_sum(self.database, self.person)
        return stored

    async def owed(self) -> int:
        """Return the cents that are still owed for refunds and disputes."""
        async with self.database.system() as connection:
            cents = await connection.exec_driver_sql(
                "SELECT coalesce(sum(amount_cents - taken_cents), 0)::bigint FROM reversals"
                " WHERE returned_at IS NULL AND user_id = %s",
                (self.person.user_id,),
            )
            return int(cents.scalar_one())

    def held(self, payment: str) -> int:
        """Return how many cents of a payment its refunds and disputes have taken back at Stripe."""
        intent = self.stripe(f"payment_intents/{payment}?expand[]=latest_charge")
        disputes = self.stripe(f"disputes?payment_intent={payment}&limit=100")["data"]
        funds = sum(f["amount"] for d in disputes for f in d["balance_transactions"])
        return int(intent["latest_charge"]["amount_refunded"] - funds)

    async def spend(self, cents: int) -> None:
        stub = charges_pb2_grpc.ChargeServiceStub(self.billing.channel)
        charge = charges_pb2.MessageCharge(message_id=str(uuid4()), amount_cents=cents)
        request = charges_pb2.ChargeBatchRequest(user_id=str(self.person.user_id), charges=[charge])
        with acting_as(self.person.identity()):
            await self.billing.caller("messaging").call(stub.ChargeBatch, request)


def incoming(event: Mapping[str, Any]) -> Incoming:
    """Return the bus event that a new webhook with this Stripe event causes."""
    received = events_pb2.WebhookReceived(id=str(uuid4()), body=json.dumps(event).encode())
    return Incoming(received.id, "webhook.stripe", received.SerializeToString())
