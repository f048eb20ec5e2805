"""The log knows what became of each webhook, from whoever handled it."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.bus.connection import Bus, BusMessage
from servicekit.ids import new_id
from services.webhooks.tests.calls import STATUS, TwilioAccount, form_call, status_pairs
from services.webhooks.tests.serving import Service
from services.webhooks.tests.telling import handled, tell
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.waiting import wait_until

HANDLED = "event.messaging.webhook_handled"


async def receive(service: Service, account: TwilioAccount) -> UUID:
    """Have a callback received; its id."""
    await service.post(form_call(account, STATUS, status_pairs(account)))
    found: UUID = (await service.logged_of(account))[-1]["id"]
    return found


async def processed(service: Service, webhook_id: UUID) -> RowMapping:
    """The webhook, once its outcome is known."""

    async def known() -> RowMapping | None:
        row = await service.row(webhook_id)
        return row if row["processed_at"] else None

    found = await wait_until(known)
    assert found
    return found


async def test_outcomes_are_noted(service: Service, account: TwilioAccount, bus: Bus) -> None:
    good, bad = await receive(service, account), await receive(service, account)
    both = handled(good)
    both.outcomes.extend(handled(bad, "no such message").outcomes)
    await tell(bus, HANDLED, both)
    row = await processed(service, good)
    assert (row["success"], row["error"]) == (True, None)
    row = await processed(service, bad)
    assert (row["success"], row["error"]) == (False, "no such message")


async def test_a_success_counts_whatever_is_told_beside_it(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    webhook = await receive(service, account)
    mixed = handled(webhook, "before")
    mixed.outcomes.extend(handled(webhook).outcomes)
    mixed.outcomes.extend(handled(webhook, "after").outcomes)
    await tell(bus, HANDLED, mixed)
    assert (await processed(service, webhook))["success"] is True


async def test_a_success_counts_whatever_is_told_before_or_after(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    webhook, last = await receive(service, account), await receive(service, account)
    await tell(bus, HANDLED, handled(webhook, "the first try"))
    assert (await processed(service, webhook))["success"] is False
    await tell(bus, HANDLED, handled(webhook))

    async def succeeded() -> bool:
        return bool((await service.row(webhook))["success"])

    await wait_until(succeeded)
    await tell(bus, HANDLED, handled(webhook, "a late repeat"))
    await tell(bus, HANDLED, handled(last))
    await processed(service, last)
    assert await succeeded()


async def test_outcomes_of_webhooks_that_are_not_kept_are_passed_over(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    webhook = await receive(service, account)
    await tell(bus, HANDLED, events_pb2.WebhooksHandled())
    await tell(bus, HANDLED, handled("not an id"))
    await tell(bus, HANDLED, handled(new_id()))
    await tell(bus, HANDLED, handled(webhook))
    assert (await processed(service, webhook))["success"]


async def test_what_is_not_an_outcome_is_buried(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    message_id = f"tests-{new_id()}"
    await bus.publish([BusMessage(HANDLED, message_id, b"\xff\xff")])

    async def given_up_now() -> list[RowMapping]:
        return [row for row in await service.letters() if row["message_id"] == message_id]

    letter = (await wait_until(given_up_now))[0]
    assert (letter["consumer"], letter["subject"]) == ("webhooks-outcomes", HANDLED)
    webhook = await receive(service, account)
    await tell(bus, HANDLED, handled(webhook))
    assert (await processed(service, webhook))["success"]
