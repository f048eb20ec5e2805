"""Test helper: a person with a saved card."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import grpc

from servicekit.identity import Identity, acting_as
from services.billing.tests.stripe_payer import StripePayer
from smsblaster.audit.v1 import events_pb2 as audit_pb2
from smsblaster.billing.v1 import (
    automatic_top_ups_pb2,
    automatic_top_ups_pb2_grpc,
    checkout_pb2,
    checkout_pb2_grpc,
    payers_pb2,
    settings_pb2,
    settings_pb2_grpc,
    transfers_pb2,
    transfers_pb2_grpc,
)
from tests.fixtures.running import Person

Request = TypeVar("Request")
Response = TypeVar("Response")

GOOD, DECLINED_LATER, NEEDS_OWNER = "4242424242424242", "4000000000000341", "4000002760003184"


@dataclass
class CardHolder:
    """A person who saves a card at a checkout, and tops up with it automatically."""

    payer: StripePayer

    def colleague(self) -> "CardHolder":
        """Return another member of the organisation, who is no admin."""
        person = Person(org_id=self.payer.person.org_id, roles=frozenset({"member"}))
        return CardHolder(replace(self.payer, person=person))

    async def checkout(self, cents: int, *, save_card: bool = False) -> checkout_pb2.Checkout:
        stub = checkout_pb2_grpc.CheckoutServiceStub(self.payer.billing.channel)
        request = checkout_pb2.CreateCheckoutRequest(amount_cents=cents, save_card=save_card)
        return await self._call(stub.CreateCheckout, request)

    async def pays(self, cents: int, card: str = GOOD, *, save_card: bool = False) -> str:
        """Pay a checkout, deliver its events to billing, and return the payment's id."""
        checkout = await self.checkout(cents, save_card=save_card)
        self.payer.control(f"stripe/pay/{checkout.session_id}", {"card": card})
        session = self.payer.stripe(f"checkout/sessions/{checkout.session_id}")
        payment: str = session["payment_intent"]
        await self.payer.deliver(*self.payer.events(payment))
        return payment

    async def saves_card(self, cents: int, card: str = GOOD) -> str:
        return await self.pays(cents, card, save_card=True)

    async def automatic_top_up(self) -> automatic_top_ups_pb2.AutomaticTopUp:
        request = automatic_top_ups_pb2.GetAutomaticTopUpRequest()
        stub = automatic_top_ups_pb2_grpc.AutomaticTopUpServiceStub(self.payer.billing.channel)
        return await self._call(stub.GetAutomaticTopUp, request)

    async def set(self, **wanted: Any) -> automatic_top_ups_pb2.AutomaticTopUp:
        request = automatic_top_ups_pb2.UpdateAutomaticTopUpRequest(**wanted)
        stub = automatic_top_ups_pb2_grpc.AutomaticTopUpServiceStub(self.payer.billing.channel)
        return await self._call(stub.UpdateAutomaticTopUp, request)

    async def delete_card(self) -> automatic_top_ups_pb2.AutomaticTopUp:
        request = automatic_top_ups_pb2.DeleteSavedCardRequest()
        stub = automatic_top_ups_pb2_grpc.AutomaticTopUpServiceStub(self.payer.billing.channel)
        return await self._call(stub.DeleteSavedCard, request)

    async def let_organisation_pay(self) -> None:
        stub = settings_pb2_grpc.BillingSettingsServiceStub(self.payer.billing.channel)
        await self._call(
            stub.UpdateBillingSettings,
            settings_pb2.UpdateBillingSettingsRequest(
                min_balance_cents=0, payer=payers_pb2.PAYER_ORGANISATION
            ),
        )

    async def take_from(self, other: "CardHolder", cents: int) -> None:
        """Transfer money from another member's balance to the person's own."""
        stub = transfers_pb2_grpc.TransferServiceStub(self.payer.billing.channel)
        request = transfers_pb2.TransferBalanceRequest(
            from_user_id=str(other.payer.person.user_id),
            to_user_id=str(self.payer.person.user_id),
            amount_cents=cents,
        )
        await self._call(stub.TransferBalance, request)

    def customer(self) -> str:
        """Return Stripe's id of the newest customer who has a card of this test."""
        customer: str = self.payer.stripe("customers?limit=1")["data"][0]["id"]
        return customer

    def payments(self) -> list[dict[str, Any]]:
        """Return the payments that the saved card made without its owner, oldest first."""
        found = self.payer.stripe(f"payment_intents?customer={self.customer()}&limit=100")["data"]
        return [intent for intent in found if intent["setup_future_usage"] is None][::-1]

    async def audited(self) -> list[str]:
        """Return the actions of the organisation's audit entries."""
        async with self.payer.database.system() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT payload FROM outbox WHERE subject = 'event.billing.audit' ORDER BY id"
            )
            entries = [audit_pb2.AuditRecorded.FromString(payload) for payload in rows.scalars()]
        org_id = str(self.payer.person.org_id)
        return [entry.action for entry in entries if entry.org_id == org_id]

    async def _call(
        self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Response], request: Request
    ) -> Response:
        with acting_as(self._identity()):
            return await self.payer.billing.caller().call(method, request, timeout=60)

    def _identity(self) -> Identity:
        return self.payer.person.identity()
