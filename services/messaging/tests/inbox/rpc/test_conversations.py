"""Conversations are listed, read, marked as read and archived."""

import asyncio
from uuid import uuid4

import pytest

from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.operation import operating
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.contacts.v1 import contacts_pb2, contacts_pb2_grpc
from smsblaster.messaging.v1 import messages_pb2, threads_pb2
from tests.fixtures.waiting import wait_until


@pytest.fixture
def inbox(organisation: Organisation) -> Inbox:
    return Inbox(organisation)


@pytest.fixture
def other_inbox(other_organisation: Organisation) -> Inbox:
    return Inbox(other_organisation)


def bodies(page: threads_pb2.GetThreadResponse) -> list[str]:
    return [message.body for message in page.items]


async def test_conversations_are_listed_latest_first_page_by_page(inbox: Inbox) -> None:
    for n in range(5):
        await inbox.text_in(phone(n), f"Text {n}")
    first = await inbox.conversations(limit=2)
    second = await inbox.conversations(limit=2, cursor=first.next_cursor)
    last = await inbox.conversations(limit=2, cursor=second.next_cursor)
    pages = [*first.items, *second.items, *last.items]
    assert [t.phone for t in pages] == [phone(n) for n in (4, 3, 2, 1, 0)]
    assert not last.HasField("next_cursor")


async def test_an_archived_conversation_is_hidden_until_the_person_writes_again(
    inbox: Inbox,
) -> None:
    contact = await inbox.text_in(phone(1), "First")
    await inbox.text_in(phone(2), "Other")
    archived = await inbox.archive(contact)
    assert archived.HasField("archived_at")
    assert (await inbox.archive(contact)).archived_at == archived.archived_at
    assert [t.phone for t in (await inbox.conversations()).items] == [phone(2)]
    assert [t.phone for t in (await inbox.conversations(archived=True)).items] == [phone(1)]
    await inbox.organisation.send(phone(1), "From us")
    assert [t.phone for t in (await inbox.conversations()).items] == [phone(2)]
    await inbox.organisation.text_in(phone(1), "Again")
    assert [t.phone for t in (await inbox.conversations()).items] == [phone(1), phone(2)]
    assert not (await inbox.conversations(archived=True)).items


async def test_a_repeated_message_does_not_move_its_conversation_to_the_top(inbox: Inbox) -> None:
    one, other = uuid4(), uuid4()
    for operation, to in ((one, phone(1)), (other, phone(2)), (one, phone(1))):
        with operating(operation):
            await inbox.organisation.send(to, "Hello")

    async def both_sent() -> bool:
        return len(inbox.organisation.provider()) == 2

    await wait_until(both_sent)
    assert [t.phone for t in (await inbox.conversations()).items] == [phone(2), phone(1)]


async def test_a_conversation_can_be_unarchived(inbox: Inbox) -> None:
    contact = await inbox.text_in(phone(1), "First")
    await inbox.archive(contact)
    assert not (await inbox.unarchive(contact)).HasField("archived_at")
    assert [t.phone for t in (await inbox.conversations()).items] == [phone(1)]


async def test_conversations_are_filtered_by_unread_and_by_contact(inbox: Inbox) -> None:
    read = await inbox.text_in(phone(1), "A", "B")
    unread = await inbox.text_in(phone(2), "C")
    put_away = await inbox.text_in(phone(3), "D")
    await inbox.read_conversation(read)
    await inbox.archive(put_away)
    assert [t.contact_id for t in (await inbox.conversations(unread=True)).items] == [unread]
    away = await inbox.conversations(unread=True, archived=True)
    assert [t.contact_id for t in away.items] == [put_away]
    assert [t.contact_id for t in (await inbox.conversations(contact_id=read)).items] == [read]
    assert not (await inbox.conversations(contact_id=read, unread=True)).items
    assert not (await inbox.conversations(contact_id=put_away)).items


async def test_the_total_of_unread_messages_excludes_archived_conversations(inbox: Inbox) -> None:
    await inbox.text_in(phone(1), "A", "B")
    put_away = await inbox.text_in(phone(2), "C")
    assert (await inbox.conversations(limit=1)).total_unread == 3
    await inbox.archive(put_away)
    assert (await inbox.conversations()).total_unread == 2


async def test_the_messages_of_a_conversation_are_paged_from_newest_to_oldest_and_back(
    inbox: Inbox,
) -> None:
    contact = await inbox.text_in(phone(1), *(f"Text {n}" for n in range(7)))
    latest = await inbox.conversation(contact, limit=3)
    assert bodies(latest) == ["Text 4", "Text 5", "Text 6"]
    assert not latest.HasField("next_cursor")
    older = await inbox.conversation(contact, limit=3, cursor=latest.previous_cursor)
    assert bodies(older) == ["Text 1", "Text 2", "Text 3"]
    oldest = await inbox.conversation(contact, limit=3, cursor=older.previous_cursor)
    assert bodies(oldest) == ["Text 0"]
    assert not oldest.HasField("previous_cursor")
    back = await inbox.conversation(contact, limit=3, cursor=oldest.next_cursor)
    assert bodies(back) == ["Text 1", "Text 2", "Text 3"]
    assert bodies(await inbox.conversation(contact, limit=3, cursor=back.next_cursor)) == bodies(
        latest
    )


async def test_a_conversation_can_be_read_from_its_oldest_message(
    inbox: Inbox,
) -> None:
    contact = await inbox.text_in(phone(1), *(f"Text {n}" for n in range(4)))
    first = await inbox.conversation(contact, limit=3, direction=threads_pb2.PAGE_DIRECTION_NEWER)
    assert bodies(first) == ["Text 0", "Text 1", "Text 2"]
    assert not first.HasField("previous_cursor")
    assert bodies(await inbox.conversation(contact, cursor=first.next_cursor)) == ["Text 3"]


async def test_a_conversation_has_sent_and_received_messages_in_the_order_of_time(
    inbox: Inbox,
) -> None:
    contact = await inbox.text_in(phone(1), "Question")
    await inbox.organisation.send(phone(1), "Answer")
    await inbox.organisation.text_in(phone(1), "Thanks")
    assert bodies(await inbox.conversation(contact)) == ["Question", "Answer", "Thanks"]


async def test_a_contact_without_messages_has_an_empty_conversation(inbox: Inbox) -> None:
    [contact] = (await inbox.organisation.contact_ids([phone(1)])).values()
    assert not (await inbox.conversation(contact)).items
    for change in (inbox.archive, inbox.unarchive, inbox.read_conversation):
        with pytest.raises(NotFound) as absence:
            await change(contact)
        assert absence.value.code == "thread_not_found"


async def test_marking_a_conversation_as_read_marks_all_its_messages(inbox: Inbox) -> None:
    contact = await inbox.text_in(phone(1), "A", "B", "C")
    assert (await inbox.read_conversation(contact)).unread_count == 0
    assert all(m.HasField("read_at") for m in (await inbox.conversation(contact)).items)
    assert (await inbox.conversations()).total_unread == 0


async def test_another_organisations_conversation_is_refused(
    inbox: Inbox, other_inbox: Inbox
) -> None:
    contact = await other_inbox.text_in(phone(1), "Ours")
    attempts = (
        lambda: inbox.conversation(contact),
        lambda: inbox.conversations(contact_id=contact),
        lambda: inbox.archive(contact),
        lambda: inbox.unarchive(contact),
        lambda: inbox.read_conversation(contact),
    )
    for attempt in attempts:
        with pytest.raises(CrossOrgAccess):
            await attempt()
    [conversation] = (await other_inbox.conversations()).items
    assert (conversation.unread_count, conversation.HasField("archived_at")) == (1, False)


async def test_an_unknown_contact_is_not_found(inbox: Inbox) -> None:
    nobody = str(uuid4())
    attempts = (
        lambda: inbox.conversation(nobody),
        lambda: inbox.conversations(contact_id=nobody),
        lambda: inbox.archive(nobody),
        lambda: inbox.read_conversation(nobody),
    )
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"cursor": "x"}, "cursor")],
)
async def test_the_error_for_invalid_input_names_its_field(
    inbox: Inbox, wanted: dict[str, int | str], field: str
) -> None:
    contact = await inbox.text_in(phone(1), "A")
    for attempt in (inbox.conversations(**wanted), inbox.conversation(contact, **wanted)):
        with pytest.raises(InvalidInput) as refusal:
            await attempt
        assert [f.field for f in refusal.value.fields] == [field]


async def test_a_cursor_of_another_list_is_refused(inbox: Inbox) -> None:
    contact = await inbox.text_in(phone(1), "A", "B")
    await inbox.text_in(phone(2), "C")
    threads_cursor = (await inbox.conversations(limit=1)).next_cursor
    thread_cursor = (await inbox.conversation(contact, limit=1)).previous_cursor
    for attempt in (
        inbox.conversation(contact, cursor=threads_cursor),
        inbox.conversations(cursor=thread_cursor),
        inbox.search("A", cursor=thread_cursor),
    ):
        with pytest.raises(InvalidInput):
            await attempt


async def test_the_unread_count_is_correct_under_concurrent_changes(inbox: Inbox) -> None:
    contact = await inbox.text_in(phone(1), *(f"Text {n}" for n in range(6)))
    messages = (await inbox.conversation(contact)).items
    with acting_as(inbox.organisation.person.identity()):
        await asyncio.gather(
            *(inbox.mark(m.id, read) for m in messages for read in (True, False, True)),
            *(inbox.organisation.text_in(phone(1), f"More {n}") for n in range(6)),
            *(inbox.read_conversation(contact) for _ in range(3)),
            *(inbox.mark(m.id, False) for m in messages[:3]),
        )
    unread = [m for m in (await inbox.conversation(contact)).items if not m.HasField("read_at")]
    [conversation] = (await inbox.conversations()).items
    assert conversation.unread_count == len(unread)
    assert (await inbox.read_conversation(contact)).unread_count == 0


async def test_a_conversation_shows_its_contact_its_last_message_and_how_many_messages_it_has(
    inbox: Inbox,
) -> None:
    await inbox.text_in(phone(1), "Hello", "STOP")
    await inbox.organisation.send(phone(2), "From us")
    await inbox.organisation.submit(uuid4(), [phone(2)], "Sale today")
    sent, received = (await inbox.conversations()).items
    assert (sent.phone, received.phone) == (phone(2), phone(1))
    assert (received.opted_out, received.last_direction) == (
        True,
        messages_pb2.MESSAGE_DIRECTION_IN,
    )
    assert (received.last_status, received.message_count) == (
        messages_pb2.MESSAGE_STATUS_RECEIVED,
        2,
    )
    assert (sent.opted_out, sent.last_direction) == (False, messages_pb2.MESSAGE_DIRECTION_OUT)
    assert (sent.last_message, sent.message_count) == ("From us", 2)
    assert not sent.HasField("contact_name")
    assert not sent.HasField("last_error_code")


async def test_a_conversation_shows_the_contacts_name_and_why_its_last_message_failed(
    inbox: Inbox,
) -> None:
    message = await inbox.organisation.send(phone(1))
    stub = contacts_pb2_grpc.ContactServiceStub(inbox.organisation.contacts.channel)
    renamed = contacts_pb2.UpdateContactRequest(id=message.contact_id, first_name="Anna")
    with acting_as(inbox.organisation.person.identity()):
        await inbox.organisation.contacts.caller().call(stub.UpdateContact, renamed)
    await inbox.organisation.callback(message.id, message.provider_sid, "undelivered", code=30003)
    [found] = (await inbox.conversations()).items
    assert (found.contact_name, found.last_error_code) == ("Anna", 30003)
    assert found.last_status == messages_pb2.MESSAGE_STATUS_UNDELIVERED
    assert found.last_error_title
    assert (await inbox.archive(message.contact_id)).contact_name == "Anna"


async def test_the_list_of_conversations_contains_the_count_of_matches(inbox: Inbox) -> None:
    for n in range(3):
        await inbox.text_in(phone(n), "Hello")
    await inbox.read_conversation((await inbox.conversations()).items[0].contact_id)
    page = await inbox.conversations(limit=1)
    assert (page.total, page.total_is_exact, page.total_unread) == (3, True, 2)
    assert (await inbox.conversations(limit=1, unread=True)).total == 2
