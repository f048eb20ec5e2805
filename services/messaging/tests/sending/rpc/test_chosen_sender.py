"""Customers choose the phone number that sends a text, and no other number ever sends it."""

import pytest

from servicekit.errors import Conflict, InvalidInput
from servicekit.identity import acting_as
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.scheduler import FAILED, Scheduler
from services.messaging.tests.sending.rpc.test_quote import quote
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.messaging.v1 import (
    inbox_pb2,
    inbox_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
    numbers_pb2,
)
from tests.fixtures.waiting import wait_until

RELEASED_CODE = 100_002


def tenant_of(organisation: Organisation) -> Tenant:
    person = organisation.person
    tenant = Tenant(organisation.messaging, organisation.database, person.org_id)
    tenant.user_id = person.user_id
    return tenant


@pytest.fixture
async def second(organisation: Organisation) -> numbers_pb2.PhoneNumber:
    """Buy a second phone number for the organisation."""
    [bought] = (await tenant_of(organisation).buy_numbers(area_code="212")).numbers
    return bought


async def retry(organisation: Organisation, message_id: str) -> messages_pb2.Message:
    stub = messages_pb2_grpc.MessageServiceStub(organisation.messaging.channel)
    request = messages_pb2.RetryMessageRequest(id=message_id)
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller().call(stub.RetryMessage, request)


async def test_a_text_is_sent_from_the_chosen_number(
    organisation: Organisation, second: numbers_pb2.PhoneNumber
) -> None:
    written = f"({second.phone_number[2:5]}) {second.phone_number[5:8]}-{second.phone_number[8:]}"
    for number in (second.phone_number, written, await organisation.number()):
        sent = await organisation.send(phone(1), from_number=number)
        assert sent.from_number in (second.phone_number, number)
    senders = [sent["from"] for sent in organisation.provider()]
    assert sorted(senders) == sorted(
        [second.phone_number, second.phone_number, await organisation.number()]
    )


async def test_a_batch_and_a_reply_are_sent_from_the_chosen_number(
    organisation: Organisation, second: numbers_pb2.PhoneNumber
) -> None:
    await organisation.send_batch([phone(1), phone(2)], from_number=second.phone_number)
    contacts = await organisation.contact_ids([phone(3)])
    stub = inbox_pb2_grpc.InboxServiceStub(organisation.messaging.channel)
    request = inbox_pb2.ReplyRequest(
        contact_id=contacts[phone(3)], message="Yes", from_number=second.phone_number
    )
    with acting_as(organisation.person.identity()):
        await organisation.messaging.caller().call(stub.Reply, request)

    async def all_sent() -> bool:
        return len(organisation.provider()) == 3

    await wait_until(all_sent)
    assert {sent["from"] for sent in organisation.provider()} == {second.phone_number}


async def test_a_scheduled_text_is_sent_from_the_number_that_was_chosen(
    organisation: Organisation, second: numbers_pb2.PhoneNumber
) -> None:
    scheduler = Scheduler(organisation)
    later = await scheduler.text(phone(1), from_number=second.phone_number)
    detail = await scheduler.sent(later.scheduled_id)
    assert detail.scheduled.from_number == second.phone_number

    async def is_sent() -> bool:
        return [sent["from"] for sent in organisation.provider()] == [second.phone_number]

    await wait_until(is_sent)


@pytest.mark.parametrize("number", ["+14155550100", "nonsense"])
async def test_a_number_that_is_not_the_organisations_is_refused(
    organisation: Organisation, number: str
) -> None:
    before = await organisation.balance()
    for send in (
        organisation.send(phone(1), from_number=number),
        organisation.send_batch([phone(1)], from_number=number),
        Scheduler(organisation).text(phone(1), from_number=number),
    ):
        with pytest.raises(InvalidInput) as refused:
            await send
        assert [error.field for error in refused.value.fields] == ["from"]
        assert refused.value.code == "unknown_sender"
    assert organisation.provider() == []
    assert await organisation.balance() == before


async def test_a_number_of_another_organisation_is_refused(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await organisation.send(phone(1), from_number=await other_organisation.number())
    assert refused.value.code == "unknown_sender"
    assert organisation.provider() == other_organisation.provider() == []


async def test_a_number_that_cannot_send_pictures_is_refused_only_for_texts_with_pictures(
    organisation: Organisation,
) -> None:
    number = await organisation.number()
    await tenant_of(organisation).execute(
        "UPDATE twilio_numbers SET capabilities = '[\"sms\"]' WHERE org_id = :org_id"
    )
    pictures = ["https://example.com/cat.jpg"]
    with pytest.raises(InvalidInput, match="pictures") as refused:
        await organisation.send(phone(1), from_number=number, media_urls=pictures)
    assert refused.value.code == "unsuitable_sender"
    assert refused.value.fields[0].field == "from"
    await organisation.send(phone(1), from_number=number)
    assert len(organisation.provider()) == 1


async def test_texts_to_other_continents_from_a_toll_free_number_are_refused(
    organisation: Organisation, twilio: TwilioSide
) -> None:
    bought = await twilio.buy(organisation.account_sid, "833")
    await tenant_of(organisation).buy_numbers(area_code="833")
    toll_free: str = bought["phone_number"]
    await organisation.send(phone(2), from_number=toll_free.replace("+1", "("))
    abroad = "+447400123456"
    with pytest.raises(InvalidInput, match="toll-free number can't text GB") as refused:
        await organisation.send(abroad, from_number=toll_free)
    assert refused.value.fields[0].field == "from"
    batch = await organisation.send_batch([abroad, phone(1)], from_number=toll_free)
    assert [(error.to, error.code) for error in batch.errors] == [(abroad, "unsuitable_sender")]
    assert batch.sent == 1


async def test_a_quote_refuses_recipients_whom_the_chosen_number_cannot_text(
    organisation: Organisation, twilio: TwilioSide
) -> None:
    bought = await twilio.buy(organisation.account_sid, "833")
    await tenant_of(organisation).buy_numbers(area_code="833")
    abroad, toll_free = "+447400123456", bought["phone_number"]
    answer = await quote(organisation, "Hi", abroad, phone(2), from_number=toll_free)
    assert [(each.to, each.code) for each in answer.refusals] == [(abroad, "unsuitable_sender")]
    with pytest.raises(InvalidInput) as refused:
        await quote(organisation, "Hi", phone(2), from_number="+14155559999")
    assert (refused.value.fields[0].field, refused.value.code) == ("from", "unknown_sender")


async def test_a_text_whose_number_is_released_before_it_is_sent_fails_and_is_refunded(
    organisation: Organisation, second: numbers_pb2.PhoneNumber
) -> None:
    before = await organisation.balance()
    organisation.fault(status=429)
    batch = await organisation.send_batch([phone(1)], from_number=second.phone_number)
    await tenant_of(organisation).execute(
        "UPDATE twilio_numbers SET released_at = now() WHERE org_id = :org_id AND sid = :sid",
        sid=second.sid,
    )
    [message_id] = batch.message_ids

    async def has_failed() -> bool:
        return await organisation.is_now(message_id, "failed")

    await wait_until(has_failed)
    message = (await organisation.detail(message_id)).message
    assert message.error_code == RELEASED_CODE
    assert "released" in message.error_message

    async def is_refunded() -> bool:
        return await organisation.balance() == before

    await wait_until(is_refunded)
    assert organisation.provider() == []


async def test_a_scheduled_text_whose_from_number_was_released_is_not_sent(
    organisation: Organisation, second: numbers_pb2.PhoneNumber
) -> None:
    before = await organisation.balance()
    scheduler = Scheduler(organisation)
    later = await scheduler.text(phone(1), from_number=second.phone_number)
    await tenant_of(organisation).release(second.sid)
    await scheduler.let_come(later.scheduled_id)
    detail = await scheduler.until(later.scheduled_id, FAILED)
    assert [error.code for error in detail.errors] == ["unknown_sender"]
    assert organisation.provider() == []
    assert await organisation.balance() == before


async def test_a_retry_is_sent_from_the_chosen_number_or_not_at_all(
    organisation: Organisation, second: numbers_pb2.PhoneNumber
) -> None:
    sent = await organisation.send(phone(1), from_number=second.phone_number)
    await organisation.callback(sent.id, sent.provider_sid, "undelivered", code=30008)
    again = await retry(organisation, sent.id)
    assert [m["from"] for m in organisation.provider()] == [second.phone_number] * 2
    await organisation.callback(again.id, again.provider_sid, "undelivered", code=30008)
    await tenant_of(organisation).release(second.sid)
    with pytest.raises(Conflict) as refused:
        await retry(organisation, sent.id)
    assert refused.value.code == "not_retryable"
    assert len(organisation.provider()) == 2
