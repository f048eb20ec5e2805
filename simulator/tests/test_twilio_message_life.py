"""The life of a message: its statuses, its callbacks, and the changes that are allowed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from simulator.tests.conftest import LiveSimulator, Receiver, Webhook, eventually
from simulator.tests.twilio_client import Tenant, call, client, refusal, tenant
from simulator.twilio.magic import FATES, fate_of

PERSON = "+12125550123"
IN_NO_HURRY = {"sent_delay_ms": [3_600_000, 3_600_000]}
CALLBACK = {
    *("MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "AccountSid", "From", "To"),
    "ApiVersion",
}


async def send(acme: Tenant, **fields: Any) -> Any:
    """Create a message from the tenant's phone number."""
    asked = {"to": PERSON, "from_": acme.number, "body": "hi", **fields}
    return await call(lambda: acme.client.messages.create(**asked))


async def ended(sim: LiveSimulator, acme: Tenant, sid: str) -> Any:
    """Return the message once all messages and callbacks are finished."""
    await sim.quiet()
    return await call(acme.client.messages(sid).fetch)


async def statuses(sim: LiveSimulator, sid: str) -> list[str]:
    """Return the statuses of the callbacks, in the order in which they were sent."""
    told = (await sim.get("/sim/record/callbacks", sid=sid))["callbacks"]
    return [callback["params"]["MessageStatus"] for callback in told]


@pytest.mark.parametrize(
    ("by_service", "to", "order"),
    [
        (True, PERSON, ["queued", "sent", "delivered"]),
        (False, PERSON, ["sent", "delivered"]),
        (True, "+12125553005", ["queued", "sent", "undelivered"]),
        (True, "+12125550036", ["queued", "failed"]),
        (False, "+12125570123", ["sent"]),
    ],
)
async def test_each_status_of_a_message_except_the_first_causes_one_callback(
    sim: LiveSimulator, receiver: Receiver, by_service: bool, to: str, order: list[str]
) -> None:
    await sim.post("/sim/behaviour", {"sent_delay_ms": [30, 30], "final_delay_ms": [30, 30]})
    acme = await tenant(sim, callback=receiver.url("/status"))
    sender = {"from_": None, "messaging_service_sid": acme.service_sid} if by_service else {}
    sid = (await send(acme, to=to, status_callback=receiver.url("/status"), **sender)).sid
    await sim.quiet()
    assert await statuses(sim, sid) == order


@pytest.mark.parametrize(
    ("to", "more"),
    [
        (PERSON, {"RawDlrDoneDate"}),
        ("+12125553005", {"RawDlrDoneDate", "ErrorCode"}),
        ("+12125550001", {"ErrorCode"}),
        ("+12125570123", set()),
    ],
)
async def test_a_callback_has_the_documented_parameters_and_no_price(
    sim: LiveSimulator, receiver: Receiver, to: str, more: set[str]
) -> None:
    acme = await tenant(sim)
    made = await send(acme, to=to, status_callback=receiver.url("/status"))
    final = await ended(sim, acme, made.sid)
    [form] = [hook.form for hook in receiver.at("/status") if is_of(hook, final.status)]
    assert set(form) == CALLBACK | more
    assert form["MessageSid"] == form["SmsSid"] == made.sid
    assert (form["SmsStatus"], form["AccountSid"]) == (final.status, acme.sid)
    assert (form["From"], form["To"], form["ApiVersion"]) == (acme.number, to, "2010-04-01")


def is_of(hook: Webhook, status: str) -> bool:
    return hook.form["MessageStatus"] == status


async def test_callbacks_show_the_messaging_service_and_the_sender_that_it_picked(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, callback=receiver.url("/status"))
    await send(acme, from_=None, messaging_service_sid=acme.service_sid)
    await sim.quiet()
    for hook in receiver.at("/status"):
        assert hook.form["MessagingServiceSid"] == acme.service_sid
        assert hook.form["From"] == acme.number
        signature = hook.headers["X-Twilio-Signature"]
        assert RequestValidator(acme.token).validate(hook.url, hook.form, signature)
        assert not RequestValidator("another").validate(hook.url, hook.form, signature)
        assert hook.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("line", sorted(FATES))
def test_the_last_digits_of_a_phone_number_decide_the_outcome_only_in_exchanges_555_and_556(
    line: str,
) -> None:
    assert fate_of(f"+1212555{line}") == fate_of(f"+1415556{line}") == FATES[line]
    assert fate_of(f"+1212554{line}").status == "delivered"
    assert (fate_of(f"+1212557{line}").status, fate_of(f"+1212557{line}").error_code) == (
        "sent",
        None,
    )


async def test_sending_the_same_request_twice_sends_the_text_twice(sim: LiveSimulator) -> None:
    """Twilio has no idempotency keys, so it sends the text again."""
    acme = await tenant(sim)
    first, second = [await send(acme) for _ in range(2)]
    assert first.sid != second.sid
    assert (await sim.get("/sim/record/summary"))["duplicates"] == 1


async def test_the_price_of_a_final_message_depends_on_its_segments(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    made = await send(acme, body="x" * 161)
    assert (made.num_segments, made.price, made.price_unit) == ("2", None, "USD")
    assert made.date_sent is None
    final = await ended(sim, acme, made.sid)
    assert (final.num_segments, final.price) == ("2", "-0.01580")
    assert final.date_sent >= made.date_created


async def test_a_failed_message_has_an_error_code_and_no_send_time(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    final = await ended(sim, acme, (await send(acme, to="+12125550001")).sid)
    assert (final.status, final.error_message) == ("failed", "Queue overflow")
    assert (final.date_sent, final.price) == (None, None)


async def test_a_message_with_media_is_an_mms(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    urls = [f"https://example.com/{number}.jpg" for number in range(10)]
    made = await send(acme, body=None, media_url=urls)
    assert (made.sid[:2], made.num_media) == ("MM", "10")
    assert await refusal_of(acme, media_url=[*urls, urls[0]]) == (400, 21623)
    assert await refusal_of(acme, media_url=["ftp://example.com/1.jpg"]) == (400, 21620)


async def refusal_of(acme: Tenant, **fields: Any) -> tuple[int, int]:
    asked = {"to": PERSON, "from_": acme.number, "body": "hi", **fields}
    return await refusal(lambda: acme.client.messages.create(**asked))


async def test_a_message_that_is_not_final_cannot_be_redacted_cancelled_or_deleted(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/behaviour", IN_NO_HURRY)
    message = acme.client.messages((await send(acme)).sid)
    assert await refusal(lambda: message.update(body="")) == (409, 20009)
    assert await refusal(message.delete) == (409, 20009)
    assert await refusal(lambda: message.update(status="canceled")) == (400, 30409)
    assert (await call(message.fetch)).body == "hi"


@pytest.mark.parametrize("change", [{"body": "other"}, {"status": "sent"}])
async def test_a_message_can_be_changed_only_by_redacting_or_cancelling_it(
    sim: LiveSimulator, change: dict[str, str]
) -> None:
    acme = await tenant(sim)
    sid = (await send(acme)).sid
    await sim.quiet()
    assert await refusal(lambda: acme.client.messages(sid).update(**change)) == (400, 20001)


async def test_messages_that_are_not_final_fail_when_their_account_is_suspended(
    sim: LiveSimulator,
) -> None:
    acme, account = await tenant(sim), client(sim.url).api.v2010.accounts
    await sim.post("/sim/behaviour", {"queued_delay_ms": [50, 50]})
    made = await send(acme, from_=None, messaging_service_sid=acme.service_sid)
    await call(lambda: account(acme.sid).update(status="suspended"))
    await sim.quiet()
    final = await call(lambda: account(acme.sid).messages(made.sid).fetch())
    assert (final.status, final.error_code) == ("failed", 30002)


def in_minutes(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("send_at", "code"),
    [
        (in_minutes(4), 35114),
        (in_minutes(36 * 24 * 60), 35114),
        ("next Tuesday", 35114),
        (None, 35111),
    ],
)
async def test_a_scheduled_time_outside_of_the_allowed_window_is_refused(
    sim: LiveSimulator, send_at: datetime | str | None, code: int
) -> None:
    acme = await tenant(sim)
    service = {"from_": None, "messaging_service_sid": acme.service_sid}
    when = {} if send_at is None else {"send_at": send_at}
    assert await refusal_of(acme, schedule_type="fixed", **service, **when) == (400, code)


async def test_a_scheduled_message_requires_a_messaging_service(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    asked = {"schedule_type": "fixed", "send_at": in_minutes(60)}
    assert await refusal_of(acme, **asked) == (400, 35118)


async def test_a_scheduled_message_waits_and_can_be_cancelled_once(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    made = await send(
        acme,
        from_=None,
        messaging_service_sid=acme.service_sid,
        schedule_type="fixed",
        send_at=in_minutes(6),
    )
    assert (made.status, made.num_segments, made.date_sent) == ("scheduled", "0", None)
    message = acme.client.messages(made.sid)
    assert await refusal(message.delete) == (409, 20009)
    cancelled = await call(lambda: message.update(status="canceled"))
    assert (cancelled.status, cancelled.price) == ("canceled", None)
    assert await refusal(lambda: message.update(status="canceled")) == (400, 30409)
    await sim.quiet()
    assert await call(message.delete)


async def test_a_stop_text_before_a_message_is_handed_to_the_carrier_makes_the_message_fail(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/behaviour", {"queued_delay_ms": [50, 50]})
    made = await send(acme, from_=None, messaging_service_sid=acme.service_sid)
    await sim.post("/sim/inbound", {"from": PERSON, "to": acme.number, "body": "STOP"})
    final = await ended(sim, acme, made.sid)
    assert (final.status, final.error_code) == ("failed", 21610)


async def test_a_stop_text_after_a_message_was_handed_to_the_carrier_does_not_affect_the_message(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/behaviour", {"final_delay_ms": [300, 300]})
    made = await send(acme, from_=None, messaging_service_sid=acme.service_sid)

    async def is_sent() -> bool:
        shown = await call(acme.client.messages(made.sid).fetch)
        return shown.status in ("sent", "delivered")

    await eventually(is_sent)
    await sim.post("/sim/inbound", {"from": PERSON, "to": acme.number, "body": "STOP"})
    assert (await ended(sim, acme, made.sid)).status == "delivered"


async def test_a_delayed_callback_is_still_sent(sim: LiveSimulator, receiver: Receiver) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/faults", {"provider": "twilio", "callbacks": {"delay_ms": 40}})
    made = await send(acme, status_callback=receiver.url("/status"))

    async def is_delivered() -> bool:
        return bool((await call(acme.client.messages(made.sid).fetch)).status == "delivered")

    await eventually(is_delivered)
    await sim.quiet()
    assert len(receiver.at("/status")) == 2
