"""Webhooks without an outcome are published again, and finally become dead letters."""

from uuid import UUID

import pytest
from sqlalchemy import update

from servicekit.bus.connection import Bus
from services.webhooks.domain.resending import MAX_ATTEMPTS
from services.webhooks.providers.webhook_publisher import WebhookPublisher
from services.webhooks.storage.tables import webhook_logs
from services.webhooks.tests.calls import STATUS, TwilioAccount, form_call, status_pairs
from services.webhooks.tests.reports import handled, publish_event
from services.webhooks.tests.serving import Service
from services.webhooks.tests.subscriptions import subscribed
from services.webhooks.usecases.record_dead_letters import RecordDeadLetters
from services.webhooks.usecases.resend_unhandled import ResendUnhandled
from tests.fixtures.running import listening
from tests.fixtures.waiting import wait_until

FIRST_PAUSE = 20.0


def resend_over(service: Service, bus: Bus) -> ResendUnhandled:
    """Return the job that publishes webhooks again, on this bus."""
    record = RecordDeadLetters(service.database).record
    return ResendUnhandled(service.database, WebhookPublisher(bus), record, FIRST_PAUSE)


@pytest.fixture
def resend(service: Service, bus: Bus) -> ResendUnhandled:
    return resend_over(service, bus)


async def receive(service: Service, account: TwilioAccount, bus: Bus, attempts: int = 0) -> UUID:
    """Post a callback that has been published again `attempts` times, and is due once more."""
    async with subscribed(bus, "webhook.twilio.status") as messages:
        await service.post(form_call(account, STATUS, status_pairs(account)))
        await messages.next_of(account)
    webhook: UUID = (await service.logged_of(account))[-1]["id"]
    await service.date_back(webhook, seconds=FIRST_PAUSE)
    async with service.database.system() as connection:
        await connection.execute(
            update(webhook_logs).where(webhook_logs.c.id == webhook).values(attempts=attempts)
        )
    return webhook


async def test_an_unhandled_webhook_is_resent_with_the_same_id_and_then_waits_longer(
    service: Service, account: TwilioAccount, bus: Bus, resend: ResendUnhandled
) -> None:
    webhook = await receive(service, account, bus)
    async with subscribed(bus, "webhook.twilio.status") as messages:
        await resend.resend_due()
        message = await messages.next_of(account)
        await resend.resend_due()
        await messages.nothing_of(account)
    assert message.id == message.event.id == str(webhook)
    row = await service.row(webhook)
    assert row["attempts"] == 1
    # It was received FIRST_PAUSE seconds ago, and is due again in five times as long.
    pause = (row["next_attempt_at"] - row["received_at"]).total_seconds() - FIRST_PAUSE
    assert 5 * FIRST_PAUSE <= pause < 5 * FIRST_PAUSE + 10


async def test_a_handled_webhook_is_not_resent(
    service: Service, account: TwilioAccount, bus: Bus, resend: ResendUnhandled
) -> None:
    webhook = await receive(service, account, bus)
    await publish_event(bus, "event.messaging.webhook_handled", handled(webhook))

    async def known() -> bool:
        return bool((await service.row(webhook))["processed_at"])

    await wait_until(known)
    async with subscribed(bus, "webhook.twilio.status") as messages:
        await resend.resend_due()
        await messages.nothing_of(account)


async def test_attempts_to_resend_webhooks_do_not_count_while_the_bus_is_down(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    webhook = await receive(service, account, bus)
    away = Bus(f"nats://{listening()}", "tests")
    await resend_over(service, away).resend_due()
    await away.close()
    assert (await service.row(webhook))["attempts"] == 0


async def test_after_the_last_attempt_a_webhook_becomes_a_dead_letter(
    service: Service, account: TwilioAccount, bus: Bus, resend: ResendUnhandled
) -> None:
    webhook = await receive(service, account, bus, attempts=MAX_ATTEMPTS)
    await resend.resend_due()
    row = await service.row(webhook)
    assert (row["success"], row["error"]) == (False, "no consumer reported an outcome")
    letters = [x for x in await service.letters() if x["message_id"] == str(webhook)]
    assert [letter["subject"] for letter in letters] == ["webhook.twilio.status"]
    assert letters[0]["attempts"] == MAX_ATTEMPTS
    await resend.resend_due()
    assert len([x for x in await service.letters() if x["message_id"] == str(webhook)]) == 1
