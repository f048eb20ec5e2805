"""Registration updates: each event of a request is logged separately."""

import hashlib

import orjson
import pytest

from servicekit.bus.connection import Bus
from services.webhooks.tests.calls import (
    COMPLIANCE,
    Request,
    TwilioAccount,
    compliance_event,
    form_call,
    json_call,
    new_sid,
)
from services.webhooks.tests.serving import Service
from services.webhooks.tests.subscriptions import subscribed


async def test_every_event_of_a_list_is_logged_and_published(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    events = [compliance_event(account), compliance_event(account)]
    async with subscribed(bus, "webhook.twilio.compliance") as messages:
        answer = await service.post(json_call(account, events))
        told = [(await messages.next_of(account)).event for _ in events]
    assert answer.status_code == 204
    assert [row["external_id"] for row in await service.logged_of(account)] == [
        event["id"] for event in events
    ]
    assert [orjson.loads(event.body) for event in told] == events
    assert not any(event.form for event in told)


async def test_a_single_event_is_logged_once(service: Service, account: TwilioAccount) -> None:
    event = compliance_event(account, type="com.twilio.unknown", extra="é")
    for content in (event, [event], [event, event]):
        assert (await service.post(json_call(account, content))).status_code == 204
    assert len(await service.logged_of(account)) == 1


async def test_the_form_of_a_customer_profile_callback_is_logged(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    pairs = [("AccountSid", account.sid), ("BundleSid", new_sid("BU")), ("Status", "in-review")]
    async with subscribed(bus, "webhook.twilio.compliance") as messages:
        for _ in range(2):
            answer = await service.post(form_call(account, COMPLIANCE, pairs))
            assert answer.status_code == 204
        message = await messages.next_of(account)
    assert dict(message.event.form) == dict(pairs)
    assert len(await service.logged_of(account)) == 1


async def test_a_changed_body_is_refused(service: Service, account: TwilioAccount) -> None:
    call = json_call(account, [compliance_event(account)])
    changed = call.body.replace(b"brand-registered", b"brand-failure")
    answer = await service.post(Request(call.target, changed, call.headers))
    assert answer.status_code == 401
    assert not await service.logged_of(account)


async def test_a_repeated_bodysha256_parameter_is_refused(
    service: Service, account: TwilioAccount
) -> None:
    body = orjson.dumps([compliance_event(account)])
    target = f"{COMPLIANCE}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    twice = f"{target}&bodySHA256={'0' * 64}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": account.sign(twice)}
    assert (await service.post(Request(twice, body, headers))).status_code == 401


async def test_events_of_several_accounts_in_one_request_are_refused(
    service: Service, account: TwilioAccount
) -> None:
    other = TwilioAccount()
    call = json_call(account, [compliance_event(account), compliance_event(other)])
    assert (await service.post(call)).status_code == 401
    assert not await service.logged_of(account)


@pytest.mark.parametrize(
    "changed", [{"id": None}, {"id": 7}, {"id": ""}, {"id": "a b"}, {"id": "é"}, {"type": None}]
)
async def test_an_event_without_an_id_or_a_type_is_refused(
    service: Service, account: TwilioAccount, changed: dict[str, object]
) -> None:
    answer = await service.post(json_call(account, [compliance_event(account, **changed)]))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_webhook")
    assert not await service.logged_of(account)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"[" * 100_000,
        b"\xef\xbb\xbf[]",
        b"[]",
        b"[1]",
        b"null",
        b"NaN",
        b'{"id": "\xff"}',
    ],
)
async def test_a_body_that_is_not_an_event_is_refused(
    service: Service, account: TwilioAccount, body: bytes
) -> None:
    answer = await service.post(json_call(account, body))
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
