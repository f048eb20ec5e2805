"""Signed requests are logged with whatever characters, senders and fields they contain."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote_from_bytes

import orjson
import pytest

from servicekit.bus.connection import Bus
from services.webhooks.tests.calls import (
    COMPLIANCE,
    FORM_TYPE,
    INCOMING,
    PUBLIC_URL,
    STATUS,
    Request,
    TwilioAccount,
    compliance_event,
    form_call,
    incoming_pairs,
    json_call,
    new_sid,
    status_pairs,
    stripe_call,
    stripe_event,
)
from services.webhooks.tests.serving import Service
from services.webhooks.tests.subscriptions import subscribed

BytePairs = Sequence[tuple[bytes, bytes]]


def byte_call(
    account: TwilioAccount, target: str, pairs: BytePairs, signed: BytePairs | None = None
) -> Request:
    """Return a request with a form of raw bytes.

    The signature is made over `signed`, or over `pairs` if that is None.
    """
    content = b"".join(name + value for name, value in sorted(signed or pairs))
    key, address = account.tokens[0].encode(), (PUBLIC_URL + target).encode()
    signature = base64.b64encode(hmac.digest(key, address + content, hashlib.sha1)).decode()
    headers = {"Content-Type": FORM_TYPE, "X-Twilio-Signature": signature}
    body = "&".join(f"{quote_from_bytes(n)}={quote_from_bytes(v)}" for n, v in pairs).encode()
    return Request(target, body, headers)


def in_bytes(pairs: Sequence[tuple[str, str]], **changed: bytes) -> BytePairs:
    fields = {name.encode(): value.encode() for name, value in pairs}
    return list({**fields, **{name.encode(): value for name, value in changed.items()}}.items())


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"STOP\0", "STOP"),
        (b"\0\0", ""),
        (b"a\0b", "ab"),
        (b"caf\xe9", "caf\ufffd"),
        (b"\xed\xa0\xbd", "\ufffd" * 3),
        (b"\x01\x02\x1b\x7f", "\x01\x02\x1b\x7f"),
        (b"x" * 5000, "x" * 5000),
        (b"", ""),
    ],
)
async def test_a_message_of_any_bytes_is_logged(
    service: Service, account: TwilioAccount, bus: Bus, sent: bytes, kept: str
) -> None:
    pairs = in_bytes(incoming_pairs(account), Body=sent)
    async with subscribed(bus, "webhook.twilio.incoming") as messages:
        assert (await service.post(byte_call(account, INCOMING, pairs))).status_code == 200
        message = await messages.next_of(account)
    assert message.event.form["Body"] == kept
    assert (await service.logged_of(account))[0]["payload"].count(b"Body=") == 1


async def test_a_signature_over_text_in_which_the_sdk_replaced_invalid_utf8_is_accepted(
    service: Service, account: TwilioAccount
) -> None:
    pairs = incoming_pairs(account)
    sent, signed = in_bytes(pairs, Body=b"caf\xe9"), in_bytes(pairs, Body="caf\ufffd".encode())
    call = byte_call(account, INCOMING, sent, signed)
    assert (await service.post(call)).status_code == 200
    forged = byte_call(account, INCOMING, sent, in_bytes(pairs, Body="caf\u00e9".encode()))
    assert (await service.post(forged)).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"From": "ACMEBANK"},
        {"From": "32665"},
        {"From": "whatsapp:+14155550123"},
        {"From": "messenger:1234567890"},
        {"From": "rcs:+14155550123"},
        {"From": "client:anna"},
        {"From": "+266696687"},
        {"From": ""},
        {"To": ""},
        {"From": "x" * 1000},
        {"NumSegments": "99999999999999999999"},
        {"NumSegments": "many"},
        {"NumMedia": "", "MediaUrl0": "https://api.twilio.com/x"},
        {"Tomorrow": "\U0001f44d", "Body": ""},
    ],
)
async def test_a_message_from_any_kind_of_sender_is_logged(
    service: Service, account: TwilioAccount, bus: Bus, changed: dict[str, str]
) -> None:
    pairs = incoming_pairs(account, **changed)
    async with subscribed(bus, "webhook.twilio.incoming") as messages:
        assert (await service.post(form_call(account, INCOMING, pairs))).status_code == 200
        message = await messages.next_of(account)
    assert dict(message.event.form) == dict(pairs)


@pytest.mark.parametrize("missing", [{"From"}, {"To"}, {"Body"}, {"MessageSid"}, {"NumSegments"}])
async def test_a_message_with_missing_fields_is_logged(
    service: Service, account: TwilioAccount, bus: Bus, missing: set[str]
) -> None:
    pairs = [pair for pair in incoming_pairs(account) if pair[0] not in missing]
    async with subscribed(bus, "webhook.twilio.incoming") as messages:
        assert (await service.post(form_call(account, INCOMING, pairs))).status_code == 200
        message = await messages.next_of(account)
    assert message.event.form["MessageSid"] == dict(pairs)["SmsSid"]


@pytest.mark.parametrize("content_type", ["; charset=UTF-8", ";charset=iso-8859-1", "; boundary=x"])
async def test_content_type_parameters_are_ignored(
    service: Service, account: TwilioAccount, content_type: str
) -> None:
    call = form_call(account, INCOMING, incoming_pairs(account, Body="Grüße"))
    headers: Mapping[str, str] = {**call.headers, "Content-Type": FORM_TYPE + content_type}
    assert (await service.post(Request(call.target, call.body, dict(headers)))).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"ErrorCode": "none"},
        {"ErrorCode": "99999999999999"},
        {"ErrorMessage": "a\0b", "ErrorCode": "30003\0"},
        {"From": ""},
        {"MessageStatus": "partially_delivered"},
        {"MessageStatus": "", "SmsStatus": "delivered"},
        {"RawDlrDoneDate": "\0", "\0": "\0"},
    ],
)
async def test_a_status_callback_with_malformed_fields_is_logged(
    service: Service, account: TwilioAccount, changed: dict[str, str]
) -> None:
    call = form_call(account, STATUS, status_pairs(account, **changed))
    assert (await service.post(call)).status_code == 204
    assert len(await service.logged_of(account)) == 1


async def test_compliance_events_with_any_characters_are_logged(
    service: Service, account: TwilioAccount
) -> None:
    data = {"accountsid": account.sid, "brandsid": new_sid("BN"), "note": "a\0b", "\0": "\x1f"}
    event = compliance_event(account, data=data)
    assert (await service.post(json_call(account, event))).status_code == 204
    form = [("AccountSid", account.sid), ("FailureReason", "a\0b"), ("Status", "twilio-rejected")]
    assert (await service.post(form_call(account, COMPLIANCE, form))).status_code == 204
    assert len(await service.logged_of(account)) == 2


@pytest.mark.parametrize(
    "note", [rb"a\u0000b", rb"a\ud800b", rb"\ud83d\udc4d", b"\xf0\x9f\x91\x8d"]
)
async def test_json_with_any_characters_is_logged(
    service: Service, account: TwilioAccount, note: bytes
) -> None:
    event = orjson.dumps(stripe_event(data={"object": {"id": "cus_1", "description": "NOTE"}}))
    assert (await service.post(stripe_call(event.replace(b"NOTE", note)))).status_code == 200
    data = {"accountsid": account.sid, "note": "NOTE"}
    event = orjson.dumps([compliance_event(account, data=data)]).replace(b"NOTE", note)
    assert (await service.post(json_call(account, event))).status_code == 204
    assert len(await service.logged_of(account)) == 1
