"""Incoming messages are logged once. The response is empty, so Twilio texts nobody a reply."""

import pytest

from servicekit.bus.connection import Bus
from services.webhooks.tests.calls import (
    INCOMING,
    TwilioAccount,
    form_call,
    incoming_pairs,
    new_sid,
)
from services.webhooks.tests.serving import Service
from services.webhooks.tests.subscriptions import subscribed


async def test_an_incoming_message_is_logged_and_gets_no_reply(
    service: Service, account: TwilioAccount, bus: Bus
) -> None:
    pairs = incoming_pairs(account)
    async with subscribed(bus, "webhook.twilio.incoming") as messages:
        answer = await service.post(form_call(account, INCOMING, pairs))
        message = await messages.next_of(account)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/xml"
    assert answer.text == "<Response></Response>"
    assert dict(message.event.form) == dict(pairs)
    assert not message.event.HasField("message_id")
    row = (await service.logged_of(account))[0]
    assert (row["source"], row["external_id"]) == ("twilio_incoming", dict(pairs)["MessageSid"])


@pytest.mark.parametrize(
    "changed",
    [
        {"Body": "STOP"},
        {"Body": " stop."},
        {"Body": "Stop please"},
        {"Body": "ARRÊT"},
        {"Body": "🛑🙏"},
        {"Body": ""},
        {"Body": "x" * 1600},
        {"Body": "line\r\nbreak & = + % ; \u202e\u200b"},
        {"From": "ACMECORP"},
        {"From": "whatsapp:+14155550123"},
        {"To": "+19995550000"},
        {"OptOutType": "STOP"},
        {
            "NumMedia": "1",
            "MediaUrl0": "https://api.twilio.com/x",
            "MediaContentType0": "image/png",
        },
    ],
)
async def test_an_incoming_message_is_logged_unchanged(
    service: Service, account: TwilioAccount, bus: Bus, changed: dict[str, str]
) -> None:
    pairs = incoming_pairs(account, **changed)
    async with subscribed(bus, "webhook.twilio.incoming") as messages:
        assert (await service.post(form_call(account, INCOMING, pairs))).status_code == 200
        message = await messages.next_of(account)
    assert dict(message.event.form) == dict(pairs)


async def test_a_repeated_incoming_message_is_logged_once(
    service: Service, account: TwilioAccount
) -> None:
    sid = new_sid("SM")
    for body in ("STOP", "STOP", "START"):
        pairs = incoming_pairs(account, MessageSid=sid, Body=body)
        assert (await service.post(form_call(account, INCOMING, pairs))).status_code == 200
    assert len(await service.logged_of(account)) == 1
