"""A removed member's saved card is no longer charged."""

import pytest

from servicekit.bus.connection import BusMessage
from servicekit.ids import new_id
from services.billing.tests.saved_card import CardHolder
from smsblaster.identity.v1 import events_pb2
from tests.fixtures.waiting import wait_until

RULE = {"threshold_cents": 1000, "amount_cents": 2000, "daily_limit_cents": 5000}


@pytest.mark.poison("billing-members")
async def test_the_card_of_a_removed_member_is_deleted_here_and_at_stripe(
    holder: CardHolder,
) -> None:
    colleague = holder.colleague()
    for each in (holder, colleague):
        await each.saves_card(2000)
        await each.set(enabled=True, **RULE)
    customer = colleague.customer()
    person = colleague.payer.person
    removed = events_pb2.MemberRemoved(org_id=str(person.org_id), user_id=str(person.user_id))
    removed.removed_at.GetCurrentTime()
    subject = "event.gateway.member_removed"
    await holder.payer.bus.publish(
        [
            BusMessage(subject, new_id().hex, b"\xff\xff"),
            BusMessage(subject, new_id().hex, removed.SerializeToString()),
        ]
    )

    async def is_gone() -> bool:
        return not (await colleague.automatic_top_up()).HasField("card")

    await wait_until(is_gone)
    assert holder.payer.stripe(f"payment_methods?customer={customer}")["data"] == []
    assert (await holder.automatic_top_up()).enabled
