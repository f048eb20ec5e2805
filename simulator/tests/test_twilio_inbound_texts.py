"""Inbound texts: the stored message, the parameters of the webhook, and the response to it."""

from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from simulator.tests.conftest import LiveSimulator, Receiver, Webhook, eventually
from simulator.tests.twilio_client import Tenant, call, client, tenant

PERSON = "+12125550123"
INBOUND = {
    *("MessageSid", "SmsSid", "SmsMessageSid", "AccountSid", "MessagingServiceSid", "From", "To"),
    *("Body", "NumMedia", "NumSegments", "SmsStatus", "ApiVersion"),
    *("FromCity", "FromState", "FromZip", "FromCountry"),
    *("ToCity", "ToState", "ToZip", "ToCountry"),
}


async def say(sim: LiveSimulator, acme: Tenant, body: str = "hi", **more: Any) -> str:
    sent = await sim.post("/sim/inbound", {"from": PERSON, "to": acme.number, "body": body, **more})
    return str(sent["sid"])


async def hook_at(receiver: Receiver, path: str, count: int = 1) -> Webhook:
    """Wait for `count` webhooks at a path, and return the last of them."""

    async def arrived() -> list[Webhook]:
        return receiver.at(path)[count - 1 :]

    arrivals: list[Webhook] = await eventually(arrived)
    return arrivals[0]


async def attempts(sim: LiveSimulator, sid: str) -> list[tuple[int, int | None, str | None]]:
    """Return attempt number, HTTP status and error of each attempt to deliver a text's webhook."""
    await sim.quiet()
    tried = (await sim.get("/sim/record/callbacks", sid=sid))["callbacks"]
    return [(one["attempt"], one["http_status"], one["error"]) for one in tried]


async def test_the_webhook_has_the_documented_parameters(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    await say(sim, acme)
    form = (await hook_at(receiver, "/in")).form
    assert set(form) == INBOUND
    assert (form["FromCity"], form["FromState"], form["FromZip"]) == ("NEW YORK", "NY", "10001")
    assert (form["ToCity"], form["ToCountry"]) == ("SAN FRANCISCO", "US")
    assert (form["NumMedia"], form["NumSegments"], form["SmsStatus"]) == ("0", "1", "received")


async def test_each_picture_is_numbered_in_the_webhook(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    urls = [f"https://example.com/{number}.jpg" for number in range(3)]
    sid = await say(sim, acme, "", mediaUrls=urls)
    form = (await hook_at(receiver, "/in")).form
    assert sid.startswith("MM")
    assert (form["Body"], form["NumMedia"]) == ("", "3")
    folder = f"https://api.twilio.com/2010-04-01/Accounts/{acme.sid}/Messages/{sid}/Media/ME"
    assert all(form[f"MediaUrl{number}"].startswith(folder) for number in range(3))
    assert len({form[f"MediaUrl{number}"] for number in range(3)}) == 3
    assert {form[f"MediaContentType{number}"] for number in range(3)} == {"image/jpeg"}
    assert (await call(acme.client.messages(sid).fetch)).num_media == "3"


@pytest.mark.parametrize(
    "sender", ["32665", "Acme", "whatsapp:+12125550123", "+447911123456", "+14168675309"]
)
async def test_senders_of_any_kind_are_stored_unchanged(
    sim: LiveSimulator, receiver: Receiver, sender: str
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    sid = await say(sim, acme, **{"from": sender})
    assert (await hook_at(receiver, "/in")).form["From"] == sender
    kept = await call(acme.client.messages(sid).fetch)
    assert (kept.from_, kept.direction, kept.status) == (sender, "inbound", "received")


@pytest.mark.parametrize(
    ("sender", "country"), [("+14168675309", "CA"), ("+447911123456", "GG"), ("32665", "")]
)
async def test_the_webhook_has_the_country_of_the_sender(
    sim: LiveSimulator, receiver: Receiver, sender: str, country: str
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    await say(sim, acme, **{"from": sender})
    assert (await hook_at(receiver, "/in")).form["FromCountry"] == country


async def test_a_person_can_send_a_text_with_a_time_in_the_past(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    earlier, now = await say(sim, acme, secondsAgo=3600), await say(sim, acme)
    listed = {m.sid: m for m in await call(acme.client.messages.list)}
    apart = listed[now].date_sent - listed[earlier].date_sent
    assert 3599 <= apart.total_seconds() <= 3660
    assert listed[earlier].date_created == listed[earlier].date_sent


async def test_a_long_inbound_text_has_several_segments(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    await say(sim, acme, "中" * 71)
    assert (await hook_at(receiver, "/in")).form["NumSegments"] == "2"


async def test_the_webhook_is_signed_with_the_new_primary_token_after_a_rotation(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    tokens = acme.client.accounts.v1
    second = (await call(tokens.secondary_auth_token().create)).secondary_auth_token
    await say(sim, acme)
    before = await hook_at(receiver, "/in")
    await call(tokens.auth_token_promotion().update)
    await say(sim, acme)
    after = await hook_at(receiver, "/in", 2)
    for hook, right, wrong in ((before, acme.token, second), (after, second, acme.token)):
        signature = hook.headers["X-Twilio-Signature"]
        assert RequestValidator(right).validate(hook.url, hook.form, signature)
        assert not RequestValidator(wrong).validate(hook.url, hook.form, signature)


async def test_a_text_without_a_webhook_is_stored_and_nothing_is_posted(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    sid = await say(sim, acme)
    assert await attempts(sim, sid) == []
    assert [m.sid for m in await call(acme.client.messages.list)] == [sid]


async def test_a_failed_webhook_is_repeated_only_if_its_url_asks_for_it(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    receiver.answers["/in"] = [(500, "", "text/plain")] * 4
    assert await attempts(sim, await say(sim, acme)) == [(1, 500, None)]
    service = acme.client.messaging.v1.services(acme.service_sid)
    again = receiver.url("/in") + "#rc=2&rp=5xx"
    await call(lambda: service.update(inbound_request_url=again))
    assert await attempts(sim, await say(sim, acme)) == [
        (1, 500, None),
        (2, 500, None),
        (3, 500, None),
    ]


async def test_a_webhook_to_an_address_where_no_server_listens_is_tried_twice(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim, inbound="http://127.0.0.1:1/in")
    assert await attempts(sim, await say(sim, acme)) == [(1, None, "connect"), (2, None, "connect")]


async def test_the_fallback_is_called_with_its_own_method(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    service = acme.client.messaging.v1.services(acme.service_sid)
    await call(
        lambda: service.update(fallback_url=receiver.url("/fallback"), fallback_method="GET")
    )
    receiver.answers["/in"] = [(404, "", "text/plain")]
    await say(sim, acme, "hello you")
    hook = await hook_at(receiver, "/fallback")
    assert (hook.body, hook.form) == (b"", {})
    assert "Body=hello+you" in hook.url
    assert "ErrorCode=11200" in hook.url
    signature = hook.headers["X-Twilio-Signature"]
    assert RequestValidator(acme.token).validate(hook.url, {}, signature)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_number_without_a_service_uses_its_own_webhook_method_and_fallback(
    sim: LiveSimulator, receiver: Receiver, method: str
) -> None:
    acme = await tenant(sim)

    def leave() -> None:
        acme.client.messaging.v1.services(acme.service_sid).phone_numbers(acme.number_sid).delete()
        acme.client.incoming_phone_numbers(acme.number_sid).update(
            sms_url=receiver.url("/in"),
            sms_method=method,
            sms_fallback_url=receiver.url("/fallback"),
        )

    await call(leave)
    receiver.answers["/in"] = [(503, "", "text/plain")]
    await say(sim, acme)
    hook, fallback = await hook_at(receiver, "/in"), await hook_at(receiver, "/fallback")
    assert ("Body=hi" in hook.url) == (method == "GET")
    assert fallback.form["ErrorCode"] == "11200"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("<Response><Message>  One </Message></Response>", ["One"]),
        ("<Response><Message><Body>A &amp; B</Body></Message></Response>", ["A & B"]),
        ("<Response><Message><Body></Body></Message></Response>", []),
        ("<Response/>", []),
        ("<Response><Message>never closed", []),
        ("thanks", []),
    ],
)
async def test_only_the_message_elements_of_a_twiml_response_are_sent(
    sim: LiveSimulator, receiver: Receiver, answer: str, expected: list[str]
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    receiver.answers["/in"] = [(200, answer, "text/xml")]
    await say(sim, acme)
    await hook_at(receiver, "/in")
    await sim.quiet()
    sent = await call(lambda: acme.client.messages.list(to=PERSON))
    assert [m.body for m in sent] == expected
    assert {(m.direction, m.status, m.from_) for m in sent} <= {
        ("outbound-reply", "delivered", acme.number)
    }


async def test_the_response_to_a_failed_webhook_is_not_sent_as_a_reply(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    receiver.answers["/in"] = [(500, "<Response><Message>no</Message></Response>", "text/xml")]
    assert await attempts(sim, await say(sim, acme)) == [(1, 500, None)]
    assert await call(lambda: acme.client.messages.list(to=PERSON)) == []


async def test_a_released_number_receives_no_texts(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    await call(acme.client.incoming_phone_numbers(acme.number_sid).delete)
    body = {"from": PERSON, "to": acme.number, "body": "anybody?"}
    async with sim.http.post("/sim/inbound", json=body) as response:
        assert response.status == 404


async def test_a_text_to_a_number_that_was_moved_is_received_by_its_present_account(
    sim: LiveSimulator,
) -> None:
    acme, other = await tenant(sim), await tenant(sim)
    numbers = client(sim.url).api.v2010.accounts(acme.sid).incoming_phone_numbers
    await call(lambda: numbers(acme.number_sid).update(account_sid=other.sid))
    sid = await say(sim, acme)
    assert (await call(other.client.messages(sid).fetch)).account_sid == other.sid
    assert await call(acme.client.messages.list) == []
