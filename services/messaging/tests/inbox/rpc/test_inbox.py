"""Mark messages as read, and reply to them."""

import asyncio
from uuid import uuid4

import pytest

from servicekit.errors import CrossOrgAccess, InsufficientBalance, InvalidInput, NotFound
from services.messaging.tests.conftest import Founding
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import messages_pb2
from tests.fixtures.waiting import wait_until


@pytest.fixture
def inbox(organisation: Organisation) -> Inbox:
    return Inbox(organisation)


@pytest.fixture
def other_inbox(other_organisation: Organisation) -> Inbox:
    return Inbox(other_organisation)


async def test_a_message_can_be_marked_as_read_and_unread(inbox: Inbox) -> None:
    contact = await inbox.text_in(phone(1), "A", "B")
    first = (await inbox.conversation(contact)).items[0]
    read = await inbox.mark(first.id)
    assert read.HasField("read_at")
    assert (await inbox.mark(first.id)).read_at == read.read_at
    assert (await inbox.conversations()).items[0].unread_count == 1
    assert not (await inbox.mark(first.id, False)).HasField("read_at")
    assert (await inbox.conversations()).items[0].unread_count == 2


async def test_a_sent_message_cannot_be_marked_as_read_or_unread(inbox: Inbox) -> None:
    message = await inbox.organisation.send(phone(1))
    with pytest.raises(InvalidInput) as refusal:
        await inbox.mark(message.id)
    assert refusal.value.code == "not_incoming"
    assert [f.field for f in refusal.value.fields] == ["id"]


async def test_another_organisations_message_stays_unread(inbox: Inbox, other_inbox: Inbox) -> None:
    contact = await other_inbox.text_in(phone(1), "Ours")
    [message] = (await other_inbox.conversation(contact)).items
    with pytest.raises(CrossOrgAccess):
        await inbox.mark(message.id)
    with pytest.raises(NotFound):
        await inbox.mark(str(uuid4()))
    assert (await other_inbox.conversations()).total_unread == 1


async def test_a_reply_is_sent_from_the_number_that_the_contact_wrote_to(inbox: Inbox) -> None:
    organisation = inbox.organisation
    number = await organisation.number()
    await organisation.text_in(phone(1), "Are you open?", To=number)
    contact = await inbox.text_in(phone(1))
    before = await organisation.balance()
    message = await inbox.reply(contact, "Yes, until six")
    assert (message.from_number, message.to) == (number, phone(1))
    # On a busy machine the answer comes before the text has been handed over.
    handed_over = (messages_pb2.MESSAGE_STATUS_PENDING, messages_pb2.MESSAGE_STATUS_QUEUED)
    assert message.status in handed_over
    assert before - await organisation.balance() == message.price_cents == 1
    [sent] = await wait_until(organisation.provider)
    assert (sent["from"], sent["body"]) == (number, "Yes, until six")
    assert [m.body for m in (await inbox.conversation(contact)).items] == [
        "Are you open?",
        "Yes, until six",
    ]
    [conversation] = (await inbox.conversations()).items
    assert (conversation.unread_count, conversation.last_message) == (0, "Yes, until six")


async def test_a_message_that_arrives_while_a_reply_is_sent_stays_unread(inbox: Inbox) -> None:
    contact = await inbox.text_in(phone(1), "Are you open?")
    inbox.organisation.fault(latency_ms=1500, count=1)
    replying = asyncio.create_task(inbox.reply(contact))

    async def under_way() -> bool:
        return (await inbox.conversations()).items[0].unread_count == 0

    await wait_until(under_way, message="the reply accepted")
    await inbox.organisation.text_in(phone(1), "Hello?")
    assert not replying.done()
    await replying
    assert (await inbox.conversations()).items[0].unread_count == 1


async def test_if_the_number_that_the_contact_wrote_to_was_released_another_one_sends_the_reply(
    inbox: Inbox,
) -> None:
    contact = await inbox.text_in(phone(1), "To a number that was given back")
    message = await inbox.reply(contact)
    assert message.status == messages_pb2.MESSAGE_STATUS_QUEUED
    assert len(inbox.organisation.provider()) == 1


async def test_a_reply_that_is_sent_later_keeps_the_number_that_it_is_sent_from(
    inbox: Inbox,
) -> None:
    organisation = inbox.organisation
    number = await organisation.number()
    await organisation.text_in(phone(1), "Hello", To=number)
    organisation.fault(status=429, count=1)
    message = await inbox.reply(await inbox.text_in(phone(1)))
    assert message.status == messages_pb2.MESSAGE_STATUS_PENDING
    [sent] = await wait_until(organisation.provider)
    assert sent["from"] == number


async def test_a_contact_who_opted_out_gets_no_reply(inbox: Inbox) -> None:
    contact = await inbox.text_in(phone(1), "STOP")
    before = await inbox.organisation.balance()
    with pytest.raises(InvalidInput) as refusal:
        await inbox.reply(contact)
    assert refusal.value.code == "opted_out"
    assert [f.field for f in refusal.value.fields] == ["contactId"]
    assert await inbox.organisation.balance() == before
    assert (await inbox.conversations()).total_unread == 1


async def test_a_short_code_gets_no_reply(inbox: Inbox) -> None:
    contact = await inbox.text_in("32665", "Your code is 1234")
    with pytest.raises(InvalidInput) as refusal:
        await inbox.reply(contact)
    assert [f.field for f in refusal.value.fields] == ["contactId"]


async def test_a_reply_needs_a_contact_of_the_organisation(
    inbox: Inbox, other_inbox: Inbox
) -> None:
    contact = await other_inbox.text_in(phone(1), "Ours")
    with pytest.raises(CrossOrgAccess):
        await inbox.reply(contact)
    with pytest.raises(NotFound) as absence:
        await inbox.reply(str(uuid4()))
    assert absence.value.code == "contact_not_found"
    assert inbox.organisation.provider() == other_inbox.organisation.provider() == []


@pytest.mark.parametrize("text", ["", "   ", "a" * 1601])
async def test_a_reply_without_a_text_is_refused(inbox: Inbox, text: str) -> None:
    contact = await inbox.text_in(phone(1), "Hello")
    with pytest.raises(InvalidInput) as refusal:
        await inbox.reply(contact, text)
    assert {f.field for f in refusal.value.fields} == {"message"}


async def test_a_reply_is_refused_if_the_balance_is_too_low(found: Founding) -> None:
    inbox = Inbox(await found(0))
    contact = await inbox.text_in(phone(1), "Hello")
    with pytest.raises(InsufficientBalance):
        await inbox.reply(contact)
    assert (await inbox.conversations()).total_unread == 1
