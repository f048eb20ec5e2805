"""A webhook that can't be handled does not stop a job or a consumer from handling the others."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.bus.connection import Bus, BusMessage
from servicekit.ids import new_id
from services.webhooks.domain.webhook import Source, Webhook
from services.webhooks.jobs.delete_old import delete_old
from services.webhooks.providers.batching_publisher import BatchingPublisher
from services.webhooks.providers.webhook_publisher import WebhookPublisher
from services.webhooks.storage.log_writer import LogWriter
from services.webhooks.tests.calls import STATUS, TwilioAccount, form_call, status_pairs
from services.webhooks.tests.events.test_dead_letters import DEAD, wait_for_dead_letter
from services.webhooks.tests.reports import dead_lettered, handled, publish_event
from services.webhooks.tests.serving import Service
from services.webhooks.tests.subscriptions import subscribed
from services.webhooks.tests.usecases.test_resend_unhandled import FIRST_PAUSE, receive, resend
from services.webhooks.usecases.resend_unhandled import ResendUnhandled
from services.webhooks.usecases.webhook_log import WebhookLog
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.poison import is_recorded, letters, poisoned
from tests.fixtures.waiting import wait_until

__all__ = ["resend"]


async def two(service: Service, account: TwilioAccount, bus: Bus) -> Sequence[UUID]:
    """Log two webhooks that are due to be published again. Return their ids, oldest first."""
    ids = [await receive(service, account, bus) for _ in range(2)]
    await service.date_back(ids[0], seconds=FIRST_PAUSE + 100)
    return ids


@pytest.mark.poison("webhooks/resend-unhandled")
async def test_a_webhook_that_cannot_be_marked_as_resent_does_not_stop_the_others(
    service: Service, account: TwilioAccount, bus: Bus, resend: ResendUnhandled
) -> None:
    bad, good = await two(service, account, bus)
    async with poisoned(service.database, "webhook_logs", "UPDATE", f"OLD.id = '{bad}'"):
        async with subscribed(bus, "webhook.twilio.status") as messages:
            await resend.resend_due()
            found = {(await messages.next_of(account)).id for _ in range(2)}
        assert str(good) in found
        assert (await service.row(good))["attempts"] == 1
        assert await is_recorded(service.database, "resend-unhandled", bad)


@pytest.mark.poison("webhooks/forget-old")
async def test_a_webhook_that_cannot_be_deleted_does_not_stop_the_others(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    bad, good = await two(service, account, bus)
    for each in (bad, good):
        await service.date_back(each, days=200)
    async with poisoned(service.database, "webhook_logs", "DELETE", f"OLD.id = '{bad}'"):
        await delete_old(service.database, 100)
    assert [row["id"] for row in await service.logged_of(account)] == [bad]
    assert await is_recorded(service.database, "forget-old", f"webhook_logs/{bad}")


@pytest.mark.poison("webhooks-outcomes", "webhooks-dead-letters", "webhooks-spooled")
async def test_a_bus_message_that_cannot_be_decoded_does_not_stop_the_others(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    await service.post(form_call(account, STATUS, status_pairs(account)))
    webhook = (await service.logged_of(account))[0]["id"]
    subjects = ("event.messaging.webhook_handled", DEAD, "webhook.spooled")
    garbage = [BusMessage(subject, uuid4().hex, b"\xff\xff") for subject in subjects]
    await bus.publish(garbage)
    await publish_event(bus, "event.messaging.webhook_handled", handled(webhook))
    await publish_event(
        bus, DEAD, dead_lettered("event.messaging.campaign_moved", f"good-{webhook}")
    )
    spooled = events_pb2.WebhookReceived(id=str(new_id()), body=b"{}")
    spooled.received_at.GetCurrentTime()
    name = f"stripe:evt_{uuid4().hex}"
    await bus.publish([BusMessage("webhook.spooled", name, spooled.SerializeToString())])

    async def done() -> bool:
        async with service.database.system() as connection:
            query = text("SELECT 1 FROM webhook_logs WHERE id = :id")
            logged = await connection.scalar(query, {"id": UUID(spooled.id)})
        return bool(logged and (await service.row(webhook))["success"])

    await wait_until(done)
    await wait_for_dead_letter(service, f"good-{webhook}")
    for message in garbage:
        assert (await wait_for_dead_letter(service, message.id))["attempts"] <= 5
    told = {letter.message_id for letter in await letters(service.database)}
    assert {message.id for message in garbage} <= told


async def test_a_webhook_that_the_database_refuses_goes_to_the_bus_and_the_others_are_logged(
    service: Service, bus: Bus
) -> None:
    url = service.database.engine.url.set(drivername="postgresql")
    writer = LogWriter(url.render_as_string(hide_password=False), FIRST_PAUSE)
    publisher = WebhookPublisher(bus)
    batches = BatchingPublisher(publisher)
    webhook_log = WebhookLog(writer, publisher, batches)
    bad, good = (
        Webhook(Source.STRIPE, f"evt_{uuid4().hex}", b"{}", "", None, None) for _ in range(2)
    )
    condition = f"NEW.external_id = '{bad.external_id}'"
    async with poisoned(service.database, "webhook_logs", "INSERT", condition):
        await asyncio.gather(
            webhook_log.add([bad]), webhook_log.add([good]), webhook_log.add([bad, good])
        )
        assert (await service.row(good.id))["external_id"] == good.external_id
        letter = await wait_for_dead_letter(service, f"stripe:{bad.external_id}", 60)
    assert "poisoned" in letter["error"]
    await writer.close()
