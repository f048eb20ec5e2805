"""An unreadable bus event does not stop the others."""

from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.bus.connection import BusMessage
from servicekit.db.database import Database
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.sending.events.test_low_balance_alerts import OFFICE, Billing
from smsblaster.campaigns.v1 import events_pb2 as campaigns_pb2
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.poison import letters, poisoned
from tests.fixtures.waiting import wait_until

_SUBJECTS = {
    "messaging-status": "webhook.twilio.status",
    "messaging-incoming": "webhook.twilio.incoming",
    "messaging-compliance": "webhook.twilio.compliance",
    "messaging-campaigns": "event.campaigns.created",
    "messaging-low-balance": "event.billing.low_balance",
    "messaging-members": "event.gateway.member_removed",
    "messaging-merges": "event.contacts.merged",
}


@pytest.mark.poison(
    "messaging-status",
    "messaging-incoming",
    "messaging-compliance",
    "messaging-campaigns",
    "messaging-low-balance",
    "messaging-members",
    "messaging-merges",
)
async def test_an_unreadable_event_becomes_a_dead_letter_and_the_rest_is_handled(
    organisation: Organisation, database: Database
) -> None:
    garbage = {name: uuid4().hex for name in _SUBJECTS}
    await organisation.bus.publish(
        [BusMessage(_SUBJECTS[name], own, b"\xff\xff") for name, own in garbage.items()]
    )
    message = await organisation.send(phone(7))
    await organisation.callback(message.id, message.provider_sid, "sent")
    await organisation.text_in(phone(7), "Thanks")
    campaign, org = uuid4(), str(organisation.org_id)
    created = campaigns_pb2.CampaignCreated(org_id=org, campaign_id=str(campaign))
    await organisation.bus.publish(
        [BusMessage("event.campaigns.created", uuid4().hex, created.SerializeToString())]
    )
    compliance = events_pb2.WebhookReceived(
        id=str(uuid4()), org_id=org, body=b'{"id": "EZ1", "type": "nothing.that.we.know"}'
    )
    await organisation.deliver("webhook.twilio.compliance", [compliance])
    billing = Billing(organisation)
    await billing.say(billing.low_balance(OFFICE))
    await wait_until(lambda: OFFICE in billing.texted())
    await wait_until(partial(_is_known, database, campaign))

    async def buried() -> bool:
        told = {letter.consumer: letter.message_id for letter in await letters(database)}
        return garbage.items() <= told.items()

    await wait_until(buried)


async def _is_known(database: Database, campaign: UUID) -> bool:
    query = text("SELECT 1 FROM campaign_counts WHERE campaign_id = :id")
    async with database.system() as connection:
        return bool(await connection.scalar(query, {"id": campaign}))


async def test_a_callback_that_cannot_be_applied_does_not_stop_others_of_its_batch(
    organisation: Organisation, other_organisation: Organisation, database: Database
) -> None:
    bad, good = organisation, other_organisation
    messages = [await each.send(phone(8)) for each in (bad, good)]
    webhooks = [
        events_pb2.WebhookReceived(
            id=str(uuid4()),
            org_id=str(each.org_id),
            message_id=message.id,
            form={"MessageSid": message.provider_sid, "MessageStatus": "sent"},
        )
        for each, message in zip((bad, good), messages, strict=True)
    ]
    for webhook in webhooks:
        webhook.received_at.GetCurrentTime()
    together = events_pb2.WebhooksReceived(webhooks=webhooks).SerializeToString()
    async with poisoned(database, "sms_messages", "UPDATE", f"OLD.id = '{messages[0].id}'"):
        await bad.bus.publish([BusMessage("webhook.twilio.status", uuid4().hex, together)])
        await wait_until(partial(good.is_now, messages[1].id, "sent"))
    assert await bad.status(messages[0].id) == "queued"
