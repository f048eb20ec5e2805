"""Forged and bad requests are refused. Nothing is logged or published."""

import base64
import hmac
import time
from collections.abc import Callable
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from servicekit.bus.connection import Bus
from services.webhooks.tests.calls import (
    COMPLIANCE,
    FORM_TYPE,
    INCOMING,
    PUBLIC_URL,
    STATUS,
    STATUS_403,
    STRIPE,
    Request,
    TwilioAccount,
    form_call,
    incoming_pairs,
    message_target,
    new_sid,
    status_pairs,
    stripe_signature,
)
from services.webhooks.tests.conftest import Accounts
from services.webhooks.tests.serving import Service, ServiceProcess
from services.webhooks.tests.subscriptions import subscribed


@pytest.fixture(scope="module")
def service(service_process: ServiceProcess) -> ServiceProcess:
    return service_process


def sha256_signature(account: TwilioAccount, target: str) -> str:
    content = (PUBLIC_URL + target).encode()
    digest = hmac.digest(account.tokens[0].encode(), content, "sha256")
    return base64.b64encode(digest).decode()


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize(("target", "status"), [(STATUS, 401), (INCOMING, 401), (STATUS_403, 403)])
@pytest.mark.parametrize(
    "kind", ["none", "empty", "wrong", "sha256", "other address", "other body"]
)
async def test_a_wrong_signature_is_refused(
    service: Service, account: TwilioAccount, target: str, status: int, kind: str
) -> None:
    pairs = incoming_pairs(account, MessageStatus="delivered")
    signatures = {
        "empty": "",
        "wrong": account.sign(target, pairs)[::-1],
        "sha256": sha256_signature(account, target),
        "other address": account.sign(f"{target}-else", pairs),
        "other body": account.sign(target, [*pairs, ("Extra", "1")]),
    }
    headers = {"Content-Type": FORM_TYPE}
    if kind in signatures:
        headers["X-Twilio-Signature"] = signatures[kind]
    answer = await service.post(Request(target, urlencode(pairs).encode(), headers))
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_signature"
    assert answer.json()["requestId"] == answer.headers["X-Request-Id"]


@pytest.mark.usefixtures("nothing_happens")
async def test_a_request_signed_for_another_url_is_refused(
    service: Service, account: TwilioAccount
) -> None:
    call = form_call(account, INCOMING, incoming_pairs(account, MessageStatus="delivered"))
    for target, status in (
        (STATUS, 401),
        (STATUS_403, 403),
        (message_target(account, uuid4()), 401),
    ):
        answer = await service.post(Request(target, call.body, call.headers))
        assert answer.status_code == status


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize(("target", "status"), [(STATUS, 401), (STATUS_403, 403)])
async def test_one_organisation_cannot_sign_for_another(
    service: Service, accounts: Accounts, account: TwilioAccount, target: str, status: int
) -> None:
    victim = accounts.directory.open()
    pairs = status_pairs(victim)
    path = message_target(victim, uuid4(), target)
    headers = {"Content-Type": FORM_TYPE, "X-Twilio-Signature": account.sign(path, pairs)}
    answer = await service.post(Request(path, urlencode(pairs).encode(), headers))
    assert answer.status_code == status


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize(("target", "status"), [(STATUS, 401), (STATUS_403, 403)])
async def test_the_signature_of_another_organisation_is_refused_for_a_message(
    service: Service, accounts: Accounts, account: TwilioAccount, target: str, status: int
) -> None:
    victim = accounts.directory.open()
    path = message_target(victim, uuid4(), target)
    answer = await service.post(form_call(account, path, status_pairs(account)))
    assert answer.status_code == status
    assert answer.json()["code"] == "bad_signature"


@pytest.mark.usefixtures("nothing_happens")
async def test_a_request_of_an_account_that_is_not_ours_is_refused(
    service: Service, accounts: Accounts
) -> None:
    stranger = TwilioAccount()
    for _ in range(5):
        answer = await service.post(form_call(stranger, STATUS, status_pairs(stranger)))
        assert answer.status_code == 401
    assert accounts.directory.asked.count(stranger.sid) == 1


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize("sid", ["", "AC1", "AC" + "g" * 32, "../AC", "AC" + "0" * 33, "A\u0301C"])
async def test_an_invalid_account_sid_is_refused_without_a_lookup(
    service: Service, accounts: Accounts, sid: str
) -> None:
    forger = TwilioAccount(sid=sid)
    answer = await service.post(form_call(forger, STATUS, status_pairs(forger)))
    assert answer.status_code == 401
    assert sid not in accounts.directory.asked


async def test_forwarding_headers_do_not_change_the_url_that_is_verified(
    service: Service, account: TwilioAccount
) -> None:
    spoof = {"Host": "evil.test:99999", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "ftp"}
    call = form_call(account, STATUS, status_pairs(account))
    answer = await service.post(Request(call.target, call.body, {**call.headers, **spoof}))
    assert answer.status_code == 204
    pairs = status_pairs(account)
    headers = {
        **call.headers,
        "X-Twilio-Signature": account.sign(STATUS, pairs, "http://evil.test"),
    }
    forged = Request(STATUS, urlencode(pairs).encode(), {**headers, **spoof})
    assert (await service.post(forged)).status_code == 401


@pytest.mark.parametrize("query", ["?", "?t=acme", "?a=%7E&b=%C3%A9&c=%2f&d=+", "?x=1&x=1#"])
async def test_the_signature_is_verified_over_the_url_exactly_as_received(
    service: Service, account: TwilioAccount, query: str
) -> None:
    target = STATUS + query.rstrip("#")
    answer = await service.post(form_call(account, target, status_pairs(account)))
    assert answer.status_code == 204


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize(
    "shift",
    [
        lambda sid: [(f"MessageSid{sid}", "x"), ("MessageStatus", "delivered")],
        lambda sid: [("MessageSid", f"{sid}MessageStatusdelivered")],
        lambda sid: [("MessageSid", sid), ("MessageStatus", "deliveredRawDlrDoneDate26")],
        lambda sid: [("MessageSid", sid), ("MessageStatusdelivered", "")],
        lambda sid: [("MessageSid", sid), ("MessageStatus", "sent"), ("MessageStatus", "failed")],
        lambda sid: [("MessageSid", sid), ("MessageSid", sid + "0"), ("MessageStatus", "sent")],
        lambda sid: [
            ("MessageSid", sid),
            ("MessageStatus", "failed"),
            ("ErrorCode", "30003"),
            ("ErrorCode", "21610"),
        ],
    ],
)
async def test_ambiguous_form_fields_are_refused_despite_a_valid_signature(
    service: Service, account: TwilioAccount, shift: Callable[[str], list[tuple[str, str]]]
) -> None:
    fields = shift(new_sid("SM"))
    pairs = [("AccountSid", account.sid), *fields]
    answer = await service.post(form_call(account, STATUS, pairs))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_webhook")


async def test_a_field_repeated_with_the_same_value_is_accepted(
    service: Service, account: TwilioAccount
) -> None:
    pairs = status_pairs(account)
    answer = await service.post(form_call(account, STATUS, [*pairs, pairs[0], pairs[1]]))
    assert answer.status_code == 204


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize(
    ("target", "body", "status"),
    [
        (STATUS, b"&".join([b"a=1"] * 10_000), 413),
        (STATUS, b"Body=" + b"x" * 600_000, 413),
        (STATUS_403, b"Body=" + b"x" * 600_000, 413),
        (STRIPE, b"[" * 600_000, 413),
        (STATUS, b"Body=%FF", 401),
        (STATUS, b"Body=%00", 401),
        (STATUS, b"Body", 400),
        (INCOMING, b"\xff\xfe", 400),
        (COMPLIANCE, b"[" * 200_000, 400),
        (STATUS, b"", 401),
    ],
)
async def test_bodies_that_cannot_be_parsed_are_refused(
    service: Service, target: str, body: bytes, status: int
) -> None:
    content_type = "application/json" if target in (STRIPE, COMPLIANCE) else FORM_TYPE
    now = time.time()
    headers = {
        "Content-Type": content_type,
        "X-Twilio-Signature": "x",
        "Stripe-Signature": f"t={int(now)},v1={stripe_signature(body, now)}",
    }
    answer = await service.post(Request(target, body, headers))
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize(
    ("target", "content_type"),
    [
        (STATUS, "application/json"),
        (STATUS, "multipart/form-data; boundary=x"),
        (STATUS, ""),
        (INCOMING, "text/plain"),
        (STRIPE, FORM_TYPE),
        (COMPLIANCE, "text/json"),
    ],
)
async def test_other_content_types_are_refused(
    service: Service, target: str, content_type: str
) -> None:
    answer = await service.post(Request(target, b"a=1", {"Content-Type": content_type}))
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "changed",
    [
        {"MessageStatus": "teleported"},
        {"MessageStatus": "queued"},
        {"MessageStatus": "failed", "ErrorCode": "abc"},
        {"MessageStatus": "failed", "ErrorCode": "-1"},
        {"MessageSid": "SM" + "f" * 32},
    ],
)
async def test_a_callback_with_an_unknown_status_is_accepted_and_logged(
    service: Service, account: TwilioAccount, changed: dict[str, str]
) -> None:
    answer = await service.post(form_call(account, STATUS, status_pairs(account, **changed)))
    assert answer.status_code == 204
    assert len(await service.logged_of(account)) == 1


async def test_a_repetition_of_a_callback_after_a_day_changes_nothing(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    call = form_call(account, STATUS, status_pairs(account))
    async with subscribed(bus, "webhook.twilio.status") as messages:
        await service.post(call)
        await messages.next_of(account)
        before = await service.logged_of(account)
        await service.date_back(before[0]["id"], days=1)
        assert (await service.post(call)).status_code == 204
        await messages.nothing_of(account)
    assert len(await service.logged_of(account)) == 1
