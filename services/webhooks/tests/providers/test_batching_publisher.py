"""Publishing continues when one webhook can't be published."""

from dataclasses import replace

from structlog.testing import capture_logs

from servicekit.bus.connection import Bus
from servicekit.ids import new_id
from servicekit.telemetry.tracing import tracing
from services.webhooks.domain.webhook import Source, Webhook
from services.webhooks.providers.batching_publisher import BatchingPublisher
from services.webhooks.providers.webhook_publisher import WebhookPublisher
from services.webhooks.tests.calls import TwilioAccount
from services.webhooks.tests.subscriptions import subscribed


async def test_a_webhook_that_cannot_be_published_does_not_stop_the_others(
    bus: Bus, account: TwilioAccount
) -> None:
    batches = BatchingPublisher(WebhookPublisher(bus))
    unencodable = webhook(account, {"Body": "\ud800"})
    good = webhook(account, {"Body": "Hi"})
    async with subscribed(bus, "webhook.twilio.incoming") as messages:
        with capture_logs() as lines:
            for one in (unencodable, good):
                batches.publish([one])
                await batches.flush()
        assert (await messages.next_of(account)).event.id == str(good.id)
    assert [line["event"] for line in lines] == ["webhooks_not_published"]


async def test_a_message_with_one_webhook_has_the_trace_of_its_request(
    bus: Bus, account: TwilioAccount
) -> None:
    publisher = WebhookPublisher(bus)
    with tracing() as trace:
        one = replace(webhook(account, {}), source=Source.TWILIO_STATUS)
    several = [replace(one, id=new_id()) for _ in range(2)]
    async with subscribed(bus, "webhook.twilio.status") as messages:
        await publisher.publish([one])
        assert (await messages.next_of(account)).traceparent == trace.header
        await publisher.publish(several)
        assert (await messages.next_of(account)).traceparent is None


def webhook(account: TwilioAccount, form: dict[str, str]) -> Webhook:
    return Webhook(
        source=Source.TWILIO_INCOMING,
        external_id=str(new_id()),
        payload=b"",
        signature="",
        org_id=account.org_id,
        form=form,
    )
