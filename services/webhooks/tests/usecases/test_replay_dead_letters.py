"""A dead letter is replayed under a new id, which no consumer has handled."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from servicekit.bus.connection import Bus
from servicekit.ids import new_id
from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.calls import STATUS, TwilioAccount, form_call, status_pairs
from services.webhooks.tests.events.test_dead_letters import DEAD, wait_for_dead_letter
from services.webhooks.tests.reports import dead_lettered, handled, publish_event
from services.webhooks.tests.serving import Service, environment
from services.webhooks.tests.subscriptions import subscribed
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.forked import run_forked
from tests.fixtures.waiting import wait_until


@dataclass(frozen=True)
class Command:
    """Runs the command `replay`. `log` is the file with its output."""

    settings: WebhooksSettings
    log: Path

    async def replay(self, which: str) -> int:
        """Replay a dead letter by its id, or "all". Return the exit code."""
        arguments = ["services.webhooks", "replay", which]
        return await asyncio.to_thread(run_forked, arguments, environment(self.settings), self.log)


@pytest.fixture
def command(settings: WebhooksSettings, tmp_path: Path) -> Command:
    return Command(settings, tmp_path / "log")


async def dead_letter_of_webhook(service: Service, account: TwilioAccount, bus: Bus) -> UUID:
    """Post a callback and wait until its consumer gives up. Return the dead letter's id."""
    async with subscribed(bus, "webhook.twilio.status") as messages:
        await service.post(form_call(account, STATUS, status_pairs(account)))
        await messages.next_of(account)
    webhook: UUID = (await service.logged_of(account))[-1]["id"]
    event = events_pb2.WebhookReceived(id=str(webhook), org_id=str(account.org_id))
    message = events_pb2.WebhooksReceived(webhooks=[event])
    letter = dead_lettered("webhook.twilio.status", str(webhook), message.SerializeToString())
    await publish_event(bus, DEAD, letter)
    await wait_for_dead_letter(service, str(webhook))
    return webhook


async def test_a_dead_letter_can_be_replayed_repeatedly(
    service: Service, command: Command, account: TwilioAccount, bus: Bus
) -> None:
    webhook = await dead_letter_of_webhook(service, account, bus)
    letter = await wait_for_dead_letter(service, str(webhook))
    async with subscribed(bus, "webhook.twilio.status") as messages:
        ids = set()
        for _ in range(2):
            assert await command.replay(str(letter["id"])) == 0
            message = await messages.next_of(account)
            assert message.event.id == str(webhook)
            ids.add(message.id)
    assert len(ids) == 2
    assert str(webhook) not in ids
    assert (await wait_for_dead_letter(service, str(webhook)))["replayed_at"] is not None


async def test_replaying_all_dead_letters_skips_webhooks_that_have_succeeded_since(
    service: Service, command: Command, account: TwilioAccount, bus: Bus
) -> None:
    wanted = await dead_letter_of_webhook(service, account, bus)
    done = await dead_letter_of_webhook(service, account, bus)
    await publish_event(bus, "event.messaging.webhook_handled", handled(done))

    async def is_done() -> bool:
        return bool((await service.row(done))["success"])

    await wait_until(is_done)
    async with subscribed(bus, "webhook.twilio.status") as messages:
        for _ in range(2):
            assert await command.replay("all") == 0
        assert (await messages.next_of(account)).event.id == str(wanted)
        await messages.nothing_of(account)


async def test_replaying_an_unknown_dead_letter_fails_with_a_message(command: Command) -> None:
    assert await command.replay(str(new_id())) == 1
    assert "There is no such dead letter." in command.log.read_text()
    assert await command.replay("nonsense") == 2
