"""Open pages are told of messages that come and of statuses that change."""

from servicekit.hints import Topic
from services.messaging.tests.organisation import Organisation, phone
from tests.fixtures.hints import hearing


async def test_a_single_message_and_its_status_are_told_with_its_conversation(
    organisation: Organisation, nats_url: str
) -> None:
    message = await organisation.send(phone(1))
    [contact_id] = (await organisation.contact_ids([phone(1)])).values()
    async with hearing(nats_url, organisation.org_id) as hints:
        await organisation.callback(message.id, message.provider_sid, "delivered")
        await hints.wait_for(Topic.CONVERSATION, contact_id)


async def test_an_incoming_message_is_told_with_its_conversation(
    organisation: Organisation, nats_url: str
) -> None:
    async with hearing(nats_url, organisation.org_id) as hints:
        await organisation.text_in(phone(2), "Hello")
        [contact_id] = (await organisation.contact_ids([phone(2)])).values()
        await hints.wait_for(Topic.CONVERSATION, contact_id)
