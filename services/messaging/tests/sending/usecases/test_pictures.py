"""Pictures are sent to countries that support them, at the price of an MMS."""

from typing import Any

import pytest

from servicekit.errors import Conflict, InvalidInput
from servicekit.identity import acting_as
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.scheduler import Scheduler
from smsblaster.messaging.v1 import (
    inbox_pb2,
    inbox_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
    quote_pb2,
    quote_pb2_grpc,
)
from tests.fixtures.waiting import wait_until

PICTURES = ["https://example.com/cat.jpg?size=1&x=ä", "https://example.com/dog.png"]
ABROAD = "+447400123456"


async def send(organisation: Organisation, to: str, **fields: Any) -> messages_pb2.Message:
    stub = messages_pb2_grpc.MessageServiceStub(organisation.messaging.channel)
    given = {"to": to, "body": "Look", "media_urls": PICTURES, **fields}
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller("campaigns").call(
            stub.SendMessage, messages_pb2.SendMessageRequest(**given), timeout=40
        )


async def quote(organisation: Organisation, **fields: Any) -> quote_pb2.Quote:
    stub = quote_pb2_grpc.QuoteServiceStub(organisation.messaging.channel)
    request = quote_pb2.QuoteTextsRequest(body="Look", pictures=True, **fields)
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller("campaigns").call(stub.QuoteTexts, request)


async def test_pictures_cost_the_price_of_an_mms_for_a_text_of_any_length(
    organisation: Organisation,
) -> None:
    before = await organisation.balance()
    message = await send(organisation, phone(1), body="a" * 400)
    assert (message.price_cents, message.segments) == (3, 3)
    assert (message.media_count, list(message.media_urls)) == (2, PICTURES)
    assert before - await organisation.balance() == 3
    [sent] = organisation.provider()
    assert (sent["to"], sent["media_urls"]) == (phone(1), PICTURES)
    assert sent["sid"].startswith("MM")


async def test_pictures_to_a_country_without_mms_are_refused_and_cost_nothing(
    organisation: Organisation,
) -> None:
    before = await organisation.balance()
    with pytest.raises(InvalidInput, match="GB") as refusal:
        await send(organisation, ABROAD)
    assert refusal.value.code == "mms_not_offered"
    assert organisation.provider() == []
    assert await organisation.balance() == before


@pytest.mark.parametrize(
    "urls",
    [["http://example.com/a.jpg"], ["javascript:alert(1)"], ["https://x.y/ z"], [""], PICTURES * 6],
)
async def test_picture_urls_without_https_and_too_many_pictures_are_refused(
    organisation: Organisation, urls: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await send(organisation, phone(1), media_urls=urls)
    assert refusal.value.fields[0].field.startswith("mediaUrls")
    assert organisation.provider() == []


async def test_a_batch_with_pictures_names_the_recipients_who_can_get_none(
    organisation: Organisation,
) -> None:
    stub = messages_pb2_grpc.MessageServiceStub(organisation.messaging.channel)
    request = messages_pb2.SendBatchRequest(
        numbers=[phone(1), ABROAD, phone(2)], message="Look", media_urls=PICTURES
    )
    with acting_as(organisation.person.identity()):
        batch = await organisation.messaging.caller().call(stub.SendBatch, request)
    assert (batch.sent, batch.price_cents) == (2, 6)
    assert [(e.to, e.code) for e in batch.errors] == [(ABROAD, "mms_not_offered")]
    await wait_until(lambda: len(organisation.provider()) == 2)
    assert all(sent["media_urls"] == PICTURES for sent in organisation.provider())


async def test_a_scheduled_text_keeps_its_pictures(organisation: Organisation) -> None:
    scheduler = Scheduler(organisation)
    message = await scheduler.text(phone(1), media_urls=PICTURES)
    assert (message.price_cents, list(message.media_urls)) == (3, PICTURES)
    assert list((await scheduler.list()).items[0].media_urls) == PICTURES
    await scheduler.sent(message.scheduled_id)
    [sent] = await wait_until(organisation.provider)
    assert sent["media_urls"] == PICTURES
    assert await organisation.balance() == 997


async def test_a_reply_can_have_pictures(organisation: Organisation) -> None:
    contact = await Inbox(organisation).text_in(phone(1), "Show me")
    stub = inbox_pb2_grpc.InboxServiceStub(organisation.messaging.channel)
    request = inbox_pb2.ReplyRequest(contact_id=contact, message="Look", media_urls=PICTURES)
    with acting_as(organisation.person.identity()):
        message = await organisation.messaging.caller().call(stub.Reply, request, timeout=100)
    assert message.price_cents == 3
    [sent] = await wait_until(organisation.provider)
    assert sent["media_urls"] == PICTURES


async def test_a_quote_with_pictures_has_their_price_and_is_valid_only_for_pictures(
    organisation: Organisation,
) -> None:
    recipients = [quote_pb2.QuoteRecipient(to=to) for to in (phone(1), phone(2), ABROAD)]
    quoted = await quote(organisation, recipients=recipients)
    assert (quoted.recipients, quoted.total_cents) == (2, 6)
    assert [(r.to, r.code) for r in quoted.refusals] == [(ABROAD, "mms_not_offered")]
    [destination] = quoted.destinations
    assert (destination.cents_per_mms, destination.min_price_cents) == (3, 3)
    countries = await quote(organisation, countries=["US", "GB"])
    assert [each.country for each in countries.destinations] == ["US"]
    await send(organisation, phone(1), price_version=quoted.price_version)
    with pytest.raises(Conflict) as refusal:
        await organisation.send(phone(1), price_version=quoted.price_version)
    assert refusal.value.code == "price_changed"
