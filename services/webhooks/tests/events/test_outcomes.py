"""The webhook log stores the outcomes that consumers report."""

from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.bus.connection import Bus, BusMessage
from servicekit.ids import new_id
from services.webhooks.tests.calls import STATUS, TwilioAccount, form_call, status_pairs
from services.webhooks.tests.reports import handled, publish_event
from services.webhooks.tests.serving import Service
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.waiting import wait_until

HANDLED = "event.messaging.webhook_handled"


async def receive(service: Service, account: TwilioAccount) -> UUID:
    """Post a callback, and return its id."""
    await service.post(form_call(account, STATUS, status_pairs(account)))
    found: UUID = (await service.logged_of(account))[-1]["id"]
    return found


async def processed(service: Service, webhook_id: UUID) -> RowMapping:
    """Return the logged webhook once it has an outcome."""

    async def known() -> RowMapping | None:
        row = await service.row(webhook_id)
        return row if row["processed_at"] else None

    found = await wait_until(known)
    assert found
    return found


async def test_the_outcomes_of_webhooks_are_recorded(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    good, bad = await receive(service, account), await receive(service, account)
    both = handled(good)
    both.outcomes.extend(handled(bad, "no such message").outcomes)
    await publish_event(bus, HANDLED, both)
    row = await processed(service, good)
    assert (row["success"], row["error"]) == (True, None)
    row = await processed(service, bad)
    assert (row["success"], row["error"]) == (False, "no such message")


async def test_if_a_batch_has_a_success_and_a_failure_of_one_webhook_the_success_is_stored(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    webhook = await receive(service, account)
    mixed = handled(webhook, "before")
    mixed.outcomes.extend(handled(webhook).outcomes)
    mixed.outcomes.extend(handled(webhook, "after").outcomes)
    await publish_event(bus, HANDLED, mixed)
    assert (await processed(service, webhook))["success"] is True


async def test_a_success_stays_even_if_failures_are_reported_before_and_after_it(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    webhook, last = await receive(service, account), await receive(service, account)
    await publish_event(bus, HANDLED, handled(webhook, "the first try"))
    assert (await processed(service, webhook))["success"] is False
    await publish_event(bus, HANDLED, handled(webhook))

    async def succeeded() -> bool:
        return bool((await service.row(webhook))["success"])

    await wait_until(succeeded)
    await publish_event(bus, HANDLED, handled(webhook, "a late repeat"))
    await publish_event(bus, HANDLED, handled(last))
    await processed(service, last)
    assert await succeeded()


async def test_outcomes_of_unknown_webhooks_are_ignored(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    webhook = await receive(service, account)
    await publish_event(bus, HANDLED, events_pb2.WebhooksHandled())
    await publish_event(bus, HANDLED, handled("not an id"))
    await publish_event(bus, HANDLED, handled(new_id()))
    await publish_event(bus, HANDLED, handled(webhook))
    assert (await processed(service, webhook))["success"]


async def test_an_undecodable_outcome_becomes_a_dead_letter(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    message_id = f"tests-{new_id()}"
    await bus.publish([BusMessage(HANDLED, message_id, b"\xff\xff")])

    async def given_up_now() -> list[RowMapping]:
        return [row for row in await service.letters() if row["message_id"] == message_id]

    letter = (await wait_until(given_up_now))[0]
    assert (letter["consumer"], letter["subject"]) == ("webhooks-outcomes", HANDLED)
    webhook = await receive(service, account)
    await publish_event(bus, HANDLED, handled(webhook))
    assert (await processed(service, webhook))["success"]
