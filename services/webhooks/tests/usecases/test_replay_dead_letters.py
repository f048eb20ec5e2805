"""A dead letter goes out once more, under an id that no consumer has seen."""

import asyncio
import subprocess
import sys
from uuid import UUID

from servicekit.bus.connection import Bus
from servicekit.ids import new_id
from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.calls import STATUS, TwilioAccount, form_call, status_pairs
from services.webhooks.tests.events.test_dead_letters import DEAD, letter_of
from services.webhooks.tests.listening import heard
from services.webhooks.tests.serving import PROJECT, Service, environment
from services.webhooks.tests.telling import dead, handled, tell
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.waiting import wait_until


async def replay(settings: WebhooksSettings, which: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.webhooks", "replay", which],
        cwd=PROJECT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )


async def dead_letter_of_webhook(service: Service, account: TwilioAccount, bus: Bus) -> UUID:
    """Have a callback received and given up; its id."""
    async with heard(bus, "webhook.twilio.status") as messages:
        await service.post(form_call(account, STATUS, status_pairs(account)))
        await messages.next_of(account)
    webhook: UUID = (await service.logged_of(account))[-1]["id"]
    event = events_pb2.WebhookReceived(id=str(webhook), org_id=str(account.org_id))
    message = events_pb2.WebhooksReceived(webhooks=[event])
    letter = dead("webhook.twilio.status", str(webhook), message.SerializeToString())
    await tell(bus, DEAD, letter)
    await letter_of(service, str(webhook))
    return webhook


async def test_one_letter_is_replayed_as_often_as_is_asked_for(
    service: Service, settings: WebhooksSettings, account: TwilioAccount, bus: Bus
) -> None:
    webhook = await dead_letter_of_webhook(service, account, bus)
    letter = await letter_of(service, str(webhook))
    async with heard(bus, "webhook.twilio.status") as messages:
        ids = set()
        for _ in range(2):
            assert (await replay(settings, str(letter["id"]))).returncode == 0
            message = await messages.next_of(account)
            assert message.event.id == str(webhook)
            ids.add(message.id)
    assert len(ids) == 2
    assert str(webhook) not in ids
    assert (await letter_of(service, str(webhook)))["replayed_at"] is not None


async def test_all_that_wait_are_replayed_but_not_what_was_carried_out_meanwhile(
    service: Service, settings: WebhooksSettings, account: TwilioAccount, bus: Bus
) -> None:
    wanted = await dead_letter_of_webhook(service, account, bus)
    done = await dead_letter_of_webhook(service, account, bus)
    await tell(bus, "event.messaging.webhook_handled", handled(done))

    async def is_done() -> bool:
        return bool((await service.row(done))["success"])

    await wait_until(is_done)
    async with heard(bus, "webhook.twilio.status") as messages:
        for _ in range(2):
            assert (await replay(settings, "all")).returncode == 0
        assert (await messages.next_of(account)).event.id == str(wanted)
        await messages.nothing_of(account)


async def test_a_letter_that_is_not_there_is_told(settings: WebhooksSettings) -> None:
    missing = await replay(settings, str(new_id()))
    assert missing.returncode == 1
    assert "There is no such dead letter." in missing.stderr
    assert (await replay(settings, "nonsense")).returncode == 2
