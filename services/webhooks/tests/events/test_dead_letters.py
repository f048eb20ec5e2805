"""Messages that a consumer gave up on become dead letters. Their webhooks count as failed."""

from sqlalchemy import RowMapping

from servicekit.bus.connection import Bus
from servicekit.ids import new_id
from services.webhooks.tests.calls import STATUS, TwilioAccount, form_call, status_pairs
from services.webhooks.tests.reports import dead_lettered, handled, publish_event
from services.webhooks.tests.serving import Service
from tests.fixtures.waiting import wait_until

DEAD = "event.messaging.dead_letter"


async def wait_for_dead_letter(
    service: Service, message_id: str, timeout: float = 30
) -> RowMapping:
    """Return the dead letter of a message once it is stored."""

    async def stored() -> list[RowMapping]:
        return [row for row in await service.letters() if row["message_id"] == message_id]

    letters = await wait_until(stored, timeout)
    assert len(letters) == 1
    return letters[0]


async def test_a_dead_letter_is_stored_unchanged(service: Service, bus: Bus) -> None:
    message_id = f"messaging-{new_id()}"
    await publish_event(
        bus, DEAD, dead_lettered("event.messaging.campaign_moved", message_id, b"\x00\xff")
    )
    letter = await wait_for_dead_letter(service, message_id)
    assert letter["consumer"] == "messaging-status"
    assert letter["subject"] == "event.messaging.campaign_moved"
    assert bytes(letter["payload"]) == b"\x00\xff"
    assert (letter["error"], letter["attempts"]) == ("ValueError: no", 5)
    assert letter["replayed_at"] is None


async def test_a_webhook_that_a_consumer_gave_up_on_counts_as_failed_until_it_succeeds(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    await service.post(form_call(account, STATUS, status_pairs(account)))
    webhook = (await service.logged_of(account))[0]["id"]
    await publish_event(bus, DEAD, dead_lettered("webhook.twilio.status", str(webhook)))
    await wait_for_dead_letter(service, str(webhook))
    row = await service.row(webhook)
    assert (row["success"], row["error"]) == (False, "ValueError: no")
    await publish_event(bus, "event.messaging.webhook_handled", handled(webhook))

    async def succeeded() -> bool:
        return bool((await service.row(webhook))["success"])

    await wait_until(succeeded)
