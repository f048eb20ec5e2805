"""Refunds and disputes through Stripe's SDK."""

import pytest
import stripe

from simulator.tests.conftest import LiveSimulator, Receiver
from simulator.tests.stripe_client import events, paid, sdk
from simulator.tests.twilio_client import call


async def test_a_charge_can_be_refunded_in_parts_up_to_its_whole_amount(
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


async def test_the_amount_of_a_refund_that_failed_later_can_be_refunded_again(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await paid(sim, "4000000000005126")
    refund = await call(
        lambda: sdk(sim).v1.refunds.create({"payment_intent": session.payment_intent.id})
    )
    assert refund.status == "succeeded"
    told = [e for e in await events(receiver, 8) if e.data.object["object"] == "refund"]
    assert sorted(e.type for e in told) == [
        "charge.refund.updated",
        "refund.created",
        "refund.failed",
        "refund.updated",
    ]
    [updated] = [e for e in told if e.type == "refund.updated"]
    assert updated.data.previous_attributes["status"] == "succeeded"
    seen = await call(lambda: sdk(sim).v1.refunds.retrieve(refund.id))
    assert (seen.status, seen.failure_reason) == ("failed", "expired_or_canceled_card")
    assert seen.failure_balance_transaction.startswith("txn_")
    charge = await call(lambda: sdk(sim).v1.charges.retrieve(seen.charge))
    assert (charge.amount_refunded, charge.refunded) == (0, False)


async def test_a_pending_refund_of_a_card_succeeds_later(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await paid(sim, "4000000000007726")
    refund = await call(
        lambda: sdk(sim).v1.refunds.create({"payment_intent": session.payment_intent.id})
    )
    assert refund.status == "pending"
    assert "refund.updated" in {e.type for e in await events(receiver, 7)}
    seen = await call(lambda: sdk(sim).v1.refunds.retrieve(refund.id))
    assert seen.status == "succeeded"


async def test_a_refund_that_waits_for_its_customer_can_be_canceled(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await paid(sim)
    intent = session.payment_intent.id
    refund = await call(lambda: sdk(sim).v1.refunds.create({"payment_intent": intent}))
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        await call(lambda: sdk(sim).v1.refunds.cancel(refund.id))
    await sim.post(f"/sim/stripe/refund/{refund.id}", {"status": "requires_action"})
    canceled = await call(lambda: sdk(sim).v1.refunds.cancel(refund.id))
    assert canceled.status == "canceled"
    charge = await call(lambda: sdk(sim).v1.charges.retrieve(canceled.charge))
    assert charge.amount_refunded == 0


async def test_an_inquiry_withdraws_money_only_when_it_becomes_a_dispute(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    session = await paid(sim)
    inquiry = await sim.post(
        "/sim/stripe/dispute",
        {"payment_intent": session.payment_intent.id, "status": "warning_needs_response"},
    )
    assert inquiry["balance_transactions"] == []
    await sim.post(f"/sim/stripe/dispute/{inquiry['id']}", {"status": "needs_response"})
    await sim.post(f"/sim/stripe/dispute/{inquiry['id']}/close", {"status": "won"})
    types = [e.type for e in await events(receiver, 8)]
    assert types.count("charge.dispute.funds_withdrawn") == 1
    assert "charge.dispute.updated" in types
    seen = await call(lambda: sdk(sim).v1.disputes.retrieve(inquiry["id"]))
    assert [entry.amount for entry in seen.balance_transactions] == [-5000, 5000]


@pytest.mark.parametrize(
    ("verdict", "reinstated"), [("won", ["charge.dispute.funds_reinstated"]), ("lost", [])]
)
async def test_a_dispute_withdraws_the_money_and_returns_it_if_the_dispute_is_won(
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


async def test_a_payment_with_a_dispute_card_is_disputed(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    await paid(sim, "4000000000000259")
    types = [e.type for e in await events(receiver, 5)]
    assert "charge.dispute.created" in types
