"""Refunds and disputes through Stripe's SDK."""

import pytest
import stripe

from simulator.tests.conftest import LiveSimulator, Receiver
from simulator.tests.stripe_client import events, paid, sdk
from simulator.tests.twilio_client import call


async def test_refunds_are_partial_then_full_then_refused(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await paid(sim)
    intent = session.payment_intent.id
    await events(receiver, 3)
    part = await call(
        lambda: sdk(sim).v1.refunds.create({"payment_intent": intent, "amount": 2000})
    )
    assert (part.amount, part.status) == (2000, "succeeded")
    await sim.post("/sim/stripe/refund", {"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await call(lambda: sdk(sim).v1.refunds.create({"payment_intent": intent}))
    assert refused.value.code == "charge_already_refunded"
    arrived = await events(receiver, 7)
    charges = [e for e in arrived if e.type == "charge.refunded"]
    totals = sorted(
        (e.data.previous_attributes["amount_refunded"], e.data.object["amount_refunded"])
        for e in charges
    )
    assert totals == [(0, 2000), (2000, 5000)]
    charge = await call(
        lambda: sdk(sim).v1.charges.retrieve(session.payment_intent.latest_charge.id)
    )
    assert charge.refunded
    listed = await call(lambda: sdk(sim).v1.refunds.list({"payment_intent": intent}))
    assert sum(refund.amount for refund in listed.data) == 5000


async def test_refund_fails_later_and_gives_the_amount_back(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await paid(sim, "4000000000005126")
    refund = await call(
        lambda: sdk(sim).v1.refunds.create({"payment_intent": session.payment_intent.id})
    )
    assert refund.status == "pending"
    types = [e.type for e in await events(receiver, 7)]
    assert {"refund.created", "refund.updated", "refund.failed"} <= set(types)
    payments = (await sim.get("/sim/record/payments"))["payments"]
    assert payments[0]["amount_refunded"] == 0


@pytest.mark.parametrize(
    ("verdict", "reinstated"), [("won", ["charge.dispute.funds_reinstated"]), ("lost", [])]
)
async def test_dispute_withdraws_the_money_and_gives_it_back_when_won(
    sim: LiveSimulator, receiver: Receiver, verdict: str, reinstated: list[str]
) -> None:
    session = await paid(sim)
    dispute = await sim.post(
        "/sim/stripe/dispute", {"payment_intent": session.payment_intent.id, "amount": 3000}
    )
    await sim.post(f"/sim/stripe/dispute/{dispute['id']}/close", {"status": verdict})
    arrived = await events(receiver, 6 + len(reinstated))
    types = sorted(e.type for e in arrived if e.type.startswith("charge.dispute"))
    assert types == sorted(
        [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.closed",
            *reinstated,
        ]
    )
    seen = await call(lambda: sdk(sim).v1.disputes.retrieve(dispute["id"]))
    assert (seen.status, seen.amount) == (verdict, 3000)


async def test_card_brings_its_dispute(sim: LiveSimulator, receiver: Receiver) -> None:
    await paid(sim, "4000000000000259")
    types = [e.type for e in await events(receiver, 5)]
    assert "charge.dispute.created" in types
