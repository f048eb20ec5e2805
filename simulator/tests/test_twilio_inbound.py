"""Texts from people: webhooks, replies, STOP, START and HELP."""

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from simulator.tests.conftest import LiveSimulator, Receiver, eventually
from simulator.tests.twilio_client import Tenant, call, tenant

PERSON = "+12125550123"


async def text(sim: LiveSimulator, acme: Tenant, body: str, **more: Any) -> str:
    """Let the person send a text to the tenant's phone number."""
    sent = await sim.post("/sim/inbound", {"from": PERSON, "to": acme.number, "body": body, **more})
    return str(sent["sid"])


async def conversation(acme: Tenant) -> list[tuple[str, str]]:
    """Return direction and body of each text to or from the person, oldest first."""
    listed = await call(acme.client.messages.list)
    return [(m.direction, m.body) for m in reversed(listed)]


async def test_a_text_is_posted_to_the_services_webhook_signed_with_the_subaccounts_token(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in?a=%2F"))
    sid = await text(sim, acme, "Hello \U0001f600", mediaUrls=["https://example.com/cat.jpg"])
    await eventually(lambda: arrived(receiver, "/in"))
    webhook = receiver.at("/in")[0]
    signature = webhook.headers["X-Twilio-Signature"]
    assert RequestValidator(acme.token).validate(receiver.url("/in?a=%2F"), webhook.form, signature)
    expected = {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": acme.sid,
        "MessagingServiceSid": acme.service_sid,
        "From": PERSON,
        "To": acme.number,
        "Body": "Hello \U0001f600",
        "NumMedia": "1",
        "MediaContentType0": "image/jpeg",
        "NumSegments": "1",
        "SmsStatus": "received",
        "FromCountry": "US",
    }
    assert expected.items() <= webhook.form.items()
    folder = f"https://api.twilio.com/2010-04-01/Accounts/{acme.sid}/Messages/{sid}/Media/ME"
    assert webhook.form["MediaUrl0"].startswith(folder)


async def test_a_number_outside_of_a_service_uses_its_own_webhook(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    pool = acme.client.messaging.v1.services(acme.service_sid).phone_numbers
    await call(lambda: pool(acme.number_sid).delete())
    await text(sim, acme, "hi")
    await eventually(lambda: arrived(receiver, "/in"))
    assert "MessagingServiceSid" not in receiver.at("/in")[0].form


async def test_a_webhook_by_get_has_its_parameters_in_the_signed_url(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in?a=1"))
    service = acme.client.messaging.v1.services(acme.service_sid)
    await call(lambda: service.update(inbound_method="GET"))
    await text(sim, acme, "hello you")
    await eventually(lambda: arrived(receiver, "/in"))
    webhook = receiver.at("/in")[0]
    assert "Body=hello+you" in webhook.url
    assert webhook.url.startswith(receiver.url("/in?a=1&"))
    signature = webhook.headers["X-Twilio-Signature"]
    assert RequestValidator(acme.token).validate(webhook.url, {}, signature)


async def test_the_webhook_of_the_number_is_used_if_its_service_says_so(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/service"))
    await call(
        lambda: acme.client.incoming_phone_numbers(acme.number_sid).update(
            sms_url=receiver.url("/number")
        )
    )
    service = acme.client.messaging.v1.services(acme.service_sid)
    await call(lambda: service.update(use_inbound_webhook_on_number=True))
    await text(sim, acme, "hi")
    await eventually(lambda: arrived(receiver, "/number"))
    assert not receiver.at("/service")


async def test_a_text_whose_webhook_is_lost_is_still_listed(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    await sim.post("/sim/faults", {"provider": "twilio", "callbacks": {"lose": 1.0}})
    sid = await text(sim, acme, "anybody there?")
    listed = await call(lambda: acme.client.messages.list(to=acme.number))
    assert [(m.sid, m.direction, m.status) for m in listed] == [(sid, "inbound", "received")]
    lost = (await sim.get("/sim/record/callbacks", sid=sid))["callbacks"]
    assert [c["error"] for c in lost] == ["lost"]
    assert not receiver.at("/in")


async def test_messages_in_the_twiml_response_to_a_webhook_are_sent_as_a_reply(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    twiml = "<Response><Message>One</Message><Message><Body>Two</Body></Message></Response>"
    receiver.answers["/in"] = [(200, twiml, "text/xml")]
    await text(sim, acme, "hi")

    async def replied() -> bool:
        return len(await conversation(acme)) == 3

    await eventually(replied)
    assert await conversation(acme) == [
        ("inbound", "hi"),
        ("outbound-reply", "One"),
        ("outbound-reply", "Two"),
    ]


async def test_if_a_webhook_fails_its_fallback_is_called(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    service = acme.client.messaging.v1.services(acme.service_sid)
    await call(lambda: service.update(fallback_url=receiver.url("/fallback")))
    receiver.answers["/in"] = [(500, "", "text/plain")]
    await text(sim, acme, "hi")
    await eventually(lambda: arrived(receiver, "/fallback"))
    assert receiver.at("/fallback")[0].form["ErrorCode"] == "11200"


@pytest.mark.parametrize("word", ["STOP", " stop\n", "Unsubscribe", "OPTOUT", "REVOKE", "quit"])
async def test_a_stop_text_blocks_texts_of_the_whole_messaging_service_until_a_start_text(
    sim: LiveSimulator, word: str
) -> None:
    acme = await tenant(sim)
    await text(sim, acme, word)

    def send(**sender: str) -> None:
        acme.client.messages.create(to=PERSON, body="hi", **sender)

    for sender in ({"from_": acme.number}, {"messaging_service_sid": acme.service_sid}):
        with pytest.raises(TwilioRestException) as refused:
            await call(lambda: send(**sender))  # noqa: B023 - called at once
        assert (refused.value.code, refused.value.status) == (21610, 400)
    await text(sim, acme, "Start")
    await call(lambda: send(messaging_service_sid=acme.service_sid))
    talk = await conversation(acme)
    assert talk[1][0] == "outbound-reply"
    assert "unsubscribed" in talk[1][1]
    assert "re-subscribed" in talk[3][1]


async def test_the_word_stop_inside_a_sentence_is_not_an_opt_out(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    await text(sim, acme, "please stop texting")
    await call(lambda: acme.client.messages.create(to=PERSON, from_=acme.number, body="ok"))
    assert [direction for direction, _ in await conversation(acme)] == ["inbound", "outbound-api"]


async def test_a_help_text_gets_a_reply_unless_the_person_has_opted_out(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    for body in ("HELP", "STOP", "HELP"):
        await text(sim, acme, body)
    directions = [direction for direction, _ in await conversation(acme)]
    assert directions == ["inbound", "outbound-reply", "inbound", "outbound-reply", "inbound"]


async def test_if_opt_out_is_async_a_text_to_an_opted_out_person_is_accepted_and_then_fails(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/behaviour", {"opt_out": "async"})
    await text(sim, acme, "STOP")
    made = await call(
        lambda: acme.client.messages.create(
            to=PERSON, messaging_service_sid=acme.service_sid, body="hi"
        )
    )
    await sim.quiet()
    final = await call(lambda: acme.client.messages(made.sid).fetch())
    assert (final.status, final.error_code, final.price) == ("failed", 21610, None)


async def test_the_opt_out_type_is_sent_only_with_advanced_opt_out(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    await text(sim, acme, "STOP")
    await eventually(lambda: arrived(receiver, "/in"))
    assert "OptOutType" not in receiver.at("/in")[0].form
    await sim.post("/sim/behaviour", {"advanced_opt_out": True})
    await text(sim, acme, "START")
    await eventually(lambda: arrived(receiver, "/in", 2))
    assert receiver.at("/in")[1].form["OptOutType"] == "START"


async def test_for_toll_free_numbers_only_stop_and_unstop_are_keywords(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    bought = await call(
        lambda: acme.client.incoming_phone_numbers.create(phone_number="+18885550111")
    )
    toll_free = {"from": PERSON, "to": bought.phone_number}
    await sim.post("/sim/inbound", {**toll_free, "body": "CANCEL"})
    await sim.post("/sim/inbound", {**toll_free, "body": "STOP"})
    await sim.post("/sim/inbound", {**toll_free, "body": "YES"})
    with pytest.raises(TwilioRestException) as refused:
        await call(
            lambda: acme.client.messages.create(to=PERSON, from_=bought.phone_number, body="x")
        )
    assert refused.value.code == 21610
    replies = [body for direction, body in await conversation(acme) if direction != "inbound"]
    assert len(replies) == 1
    assert replies[0].startswith("NETWORK MSG")


async def test_a_text_to_a_number_that_no_account_has_is_refused(sim: LiveSimulator) -> None:
    body = {"from": PERSON, "to": "+14155550199", "body": "hi"}
    async with sim.http.post("/sim/inbound", json=body) as response:
        assert response.status == 404


async def arrived(receiver: Receiver, path: str, count: int = 1) -> bool:
    return len(receiver.at(path)) >= count
