"""Messages from any sender and with any characters are stored and shown, and can be a STOP."""

import re
from collections.abc import Mapping
from uuid import uuid4

import pytest

from servicekit.errors import InvalidInput
from servicekit.identity import acting_as
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import dispatch_pb2, dispatch_pb2_grpc
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.jobs

# Each sender and text as they arrive, then as they are shown, and whether a reply is possible.
TEXTS: Mapping[str, tuple[str, str, str, str, str]] = {
    "a NUL": (phone(1), "Hel\0lo", phone(1), "Hello", ""),
    "a named sender": ("ACMEBANK", "Your code", "ACMEBANK", "Your code", "named_sender"),
    "a short code": ("32665", "Your code", "32665", "Your code", "short_code"),
    "WhatsApp": ("whatsapp:" + phone(2), "Hi", "whatsapp:" + phone(2), "Hi", "other_channel"),
    "Messenger": ("messenger:12345", "Hi", "messenger:12345", "Hi", "other_channel"),
    "RCS": ("rcs:" + phone(3), "Hi", "rcs:" + phone(3), "Hi", "other_channel"),
    "a client": ("client:anna", "Hi", "client:anna", "Hi", "other_channel"),
    "nobody": ("", "Hi", "unknown sender", "Hi", "unknown_sender"),
    "a hidden number": ("+266696687", "Hi", "+266696687", "Hi", "hidden_number"),
    "control characters": (phone(4), "\x01\x1b[0m\x7f", phone(4), "\x01\x1b[0m\x7f", ""),
    "a very long text": (phone(5), "\ufdfa" * 4000, phone(5), "\ufdfa" * 160, ""),
}
CASES = pytest.mark.parametrize(
    ("sender", "body", "phone_", "shown", "reason"), TEXTS.values(), ids=TEXTS
)


@pytest.fixture
def inbox(organisation: Organisation) -> Inbox:
    return Inbox(organisation)


@CASES
async def test_an_unusual_message_from_a_webhook_is_shown_in_its_conversation(
    inbox: Inbox, sender: str, body: str, phone_: str, shown: str, reason: str
) -> None:
    await inbox.organisation.text_in(sender, body)
    await must_be_shown(inbox, phone_, shown, reason)


async def test_unusual_messages_that_were_polled_are_shown_in_their_conversations(
    inbox: Inbox,
) -> None:
    for sender, body, *_ in TEXTS.values():
        await inbox.organisation.text_to_provider(sender, body)

    async def all_there() -> bool:
        return (await inbox.conversations()).total_unread == len(TEXTS)

    await wait_until(all_there)
    for _, _, phone_, shown, reason in TEXTS.values():
        await must_be_shown(inbox, phone_, shown, reason)


async def must_be_shown(inbox: Inbox, phone_: str, shown: str, reason: str) -> None:
    [conversation] = [t for t in (await inbox.conversations()).items if t.phone == phone_]
    assert (conversation.last_message, conversation.can_reply) == (shown, not reason)
    assert conversation.cannot_reply_code == reason
    assert bool(conversation.cannot_reply_reason) is bool(reason)
    [message] = (await inbox.conversation(conversation.contact_id)).items
    assert (message.body[:160], message.from_number) == (shown, phone_)
    if reason:
        with pytest.raises(InvalidInput) as refusal:
            await inbox.reply(conversation.contact_id)
        assert (refusal.value.code, refusal.value.fields[0].field) == ("cannot_reply", "contactId")


@pytest.mark.parametrize(
    "parameters",
    [
        {"NumSegments": "99999999999999999999"},
        {"NumSegments": "many"},
        {"NumMedia": "\u0661"},
        {"OptOutType": "?"},
        {"To": ""},
    ],
)
async def test_an_incoming_message_with_missing_or_malformed_parameters_is_stored(
    inbox: Inbox, parameters: dict[str, str]
) -> None:
    await inbox.organisation.text_in(phone(1), "Hello", **parameters)
    assert [t.last_message for t in (await inbox.conversations()).items] == ["Hello"]


async def test_a_picture_without_text_is_shown_as_a_picture(inbox: Inbox) -> None:
    picture = {"MediaContentType0": "image/jpeg", "MediaUrl0": "https://example.com/p"}
    await inbox.organisation.text_in(phone(1), "", NumMedia="1", **picture)
    await inbox.organisation.text_to_provider(phone(2), "", mediaUrls=["https://example.com/a"])

    async def both() -> list[str]:
        shown = {t.phone: t.last_message for t in (await inbox.conversations()).items}
        return [shown[phone(1)], shown[phone(2)]] if len(shown) == 2 else []

    assert await wait_until(both) == ["[Picture]", "[Picture]"]
    found = {}
    for conversation in (await inbox.conversations()).items:
        [message] = (await inbox.conversation(conversation.contact_id)).items
        assert (message.body, message.media_count) == ("", 1)
        assert list(message.media_types) == ["image/jpeg"]
        [found[conversation.phone]] = message.media_urls
    assert found[phone(1)] == "https://example.com/p"
    assert re.search(r"/Messages/MM\w{32}/Media/ME\w{32}$", found[phone(2)])


@pytest.mark.parametrize(
    ("sender", "body"),
    [
        (phone(1), "ST\0OP"),
        ("whatsapp:" + phone(1), "STOP"),
        ("rcs:" + phone(1), "Please stop texting me"),
        ("sms:" + phone(1), "stop"),
    ],
)
async def test_a_stop_text_opts_out_in_any_form(
    organisation: Organisation, sender: str, body: str
) -> None:
    await organisation.text_in(sender, body)
    assert await organisation.is_opted_out(phone(1))


async def test_a_start_text_on_another_channel_does_not_opt_in(organisation: Organisation) -> None:
    await organisation.text_in(phone(1), "STOP")
    await organisation.text_in("whatsapp:" + phone(1), "START")
    assert await organisation.is_opted_out(phone(1))


async def test_a_status_callback_with_malformed_fields_updates_its_message(
    organisation: Organisation,
) -> None:
    message = await organisation.send(phone(1))
    fields = {"ErrorMessage": "a\0b", "\0": "\x1f", "RawDlrDoneDate": "\0"}
    await organisation.callback(message.id, message.provider_sid, "delivered", code=None, **fields)
    assert await organisation.status(message.id) == "delivered"


async def test_a_status_callback_with_malformed_fields_about_an_unknown_message_is_accepted(
    organisation: Organisation,
) -> None:
    sid = f"SM{uuid4().hex}"
    await organisation.callback(None, sid, "sent", To=phone(1), ErrorCode="x\0", Note="\0")


async def test_a_contact_whose_address_cannot_be_texted_does_not_stop_a_chunk(
    inbox: Inbox,
) -> None:
    """Such a contact is counted as an invalid recipient, like a short code."""
    organisation, senders = inbox.organisation, ["ACMEBANK", "whatsapp:" + phone(1), "x" * 320]
    for sender in senders:
        await organisation.text_in(sender, "Hello")
    ids = {t.phone: t.contact_id for t in (await inbox.conversations()).items}
    ids |= await organisation.contact_ids([phone(2)])
    chunk = dispatch_pb2.SubmitChunkRequest(
        campaign_id=str(uuid4()),
        user_id=str(organisation.person.user_id),
        recipients=[
            dispatch_pb2.ChunkRecipient(contact_id=ids[p], phone=p, body="Hi") for p in ids
        ],
    )
    stub = dispatch_pb2_grpc.DispatchServiceStub(organisation.messaging.channel)
    with acting_as(organisation.person.identity()):
        taken = await organisation.messaging.caller("campaigns").call(stub.SubmitChunk, chunk)
    assert (taken.accepted, taken.invalid) == (1, len(senders))
