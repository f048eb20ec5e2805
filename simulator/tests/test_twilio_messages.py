"""Send messages through Twilio's SDK: statuses, callbacks, refusals, lists."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator

from simulator.tests.conftest import LiveSimulator, Receiver, eventually
from simulator.tests.twilio_client import call, client, tenant

PERSON = "+12125550123"


async def test_a_message_through_a_service_is_accepted_then_delivered_with_signed_callbacks(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim)
    url = receiver.url("/status/abc?x=1%7E2")
    made = await call(
        lambda: acme.client.messages.create(
            to=PERSON,
            messaging_service_sid=acme.service_sid,
            body="hello",
            status_callback=url + "#rc=3&rp=all",
        )
    )
    assert (made.status, made.from_, made.num_segments, made.price) == ("accepted", None, "0", None)
    await sim.quiet()
    final = await call(lambda: acme.client.messages(made.sid).fetch())
    assert (final.status, final.from_, final.num_segments) == ("delivered", acme.number, "1")
    assert final.price == "-0.00790"
    callbacks = receiver.at("/status/abc")
    assert sorted(c.form["MessageStatus"] for c in callbacks) == ["delivered", "queued", "sent"]
    validator = RequestValidator(acme.token)
    for callback in callbacks:
        assert callback.form["AccountSid"] == acme.sid
        assert validator.validate(url, callback.form, callback.headers["X-Twilio-Signature"])


async def test_a_message_with_a_given_sender_is_queued_at_once_and_this_status_has_no_callback(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim)
    made = await call(
        lambda: acme.client.messages.create(
            to=PERSON, from_=acme.number, body="hi", status_callback=receiver.url("/status")
        )
    )
    assert (made.status, made.from_, made.num_segments) == ("queued", acme.number, "1")
    await sim.quiet()
    statuses = {c.form["MessageStatus"] for c in receiver.at("/status")}
    assert statuses == {"sent", "delivered"}


async def test_the_callback_url_of_a_message_replaces_that_of_its_messaging_service(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, callback=receiver.url("/service"))
    await call(
        lambda: acme.client.messages.create(
            to=PERSON, messaging_service_sid=acme.service_sid, body="one"
        )
    )
    await call(
        lambda: acme.client.messages.create(
            to=PERSON,
            messaging_service_sid=acme.service_sid,
            body="two",
            status_callback=receiver.url("/message"),
        )
    )
    await sim.quiet()
    assert len(receiver.at("/service")) == 3
    assert len(receiver.at("/message")) == 3


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("+12125553003", "undelivered", 30003),
        ("+12125563007", "undelivered", 30007),
        ("+12125550034", "undelivered", 30034),
        ("+12125550001", "failed", 30001),
        ("+12125550036", "failed", 30036),
        ("+12125573003", "sent", None),
        ("+12125543003", "delivered", None),
    ],
)
async def test_the_recipients_phone_number_decides_the_final_status_of_a_message(
    sim: LiveSimulator, receiver: Receiver, number: str, status: str, code: int | None
) -> None:
    acme = await tenant(sim)
    made = await call(
        lambda: acme.client.messages.create(
            to=number, from_=acme.number, body="hi", status_callback=receiver.url("/status")
        )
    )
    await sim.quiet()
    final = await call(lambda: acme.client.messages(made.sid).fetch())
    assert (final.status, final.error_code) == (status, code)
    assert (final.price is None) == (status == "failed")
    last = [c.form for c in receiver.at("/status") if c.form["MessageStatus"] == status]
    assert last[0].get("ErrorCode") == (None if code is None else str(code))


@pytest.mark.parametrize(
    ("change", "code", "http_status"),
    [
        ({"to": "+15005550001"}, 21211, 400),
        ({"to": "+15005550002"}, 21612, 400),
        ({"to": "+15005550003"}, 21408, 400),
        ({"to": "+15005550004"}, 21610, 400),
        ({"to": "+15005550009"}, 21614, 400),
        ({"to": "+15558675310"}, 21211, 400),
        ({"to": "nonsense"}, 21211, 400),
        ({"body": ""}, 21602, 400),
        ({"body": "x" * 1601}, 21617, 400),
        ({"from_": "+12125550199"}, 21606, 400),
        ({"from_": "+15005550001"}, 21212, 400),
        ({"from_": "+15005550008"}, 21611, 400),
        ({"status_callback": "http://under_score/x"}, 21609, 400),
        ({"validity_period": 36001}, 21624, 400),
        ({"from_": None, "messaging_service_sid": "MG" + "0" * 32}, 21705, 400),
        ({"from_": None}, 21603, 400),
    ],
)
async def test_a_bad_message_is_refused_with_twilios_code(
    sim: LiveSimulator, change: dict[str, str], code: int, http_status: int
) -> None:
    acme = await tenant(sim)
    asked = {"to": PERSON, "from_": acme.number, "body": "hi", **change}
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: acme.client.messages.create(**asked))
    assert (refused.value.code, refused.value.status) == (code, http_status)
    assert (await sim.get("/sim/record/summary"))["accepted"] == 0


async def test_a_service_without_numbers_refuses_messages_with_21704(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    pool = acme.client.messaging.v1.services(acme.service_sid).phone_numbers
    await call(lambda: pool(acme.number_sid).delete())
    with pytest.raises(TwilioRestException) as refused:
        await call(
            lambda: acme.client.messages.create(
                to=PERSON, messaging_service_sid=acme.service_sid, body="hi"
            )
        )
    assert refused.value.code == 21704


async def test_the_list_is_paged_newest_first_and_can_be_filtered(sim: LiveSimulator) -> None:
    acme = await tenant(sim)

    def send_all() -> None:
        for number in range(7):
            acme.client.messages.create(
                to=f"+1212555012{number % 2}", from_=acme.number, body=f"text {number}"
            )

    await call(send_all)
    bodies = await call(lambda: [m.body for m in acme.client.messages.list(page_size=3)])
    assert bodies == [f"text {number}" for number in reversed(range(7))]
    to_one = await call(lambda: acme.client.messages.list(to="+12125550121"))
    assert [m.body for m in to_one] == ["text 5", "text 3", "text 1"]
    soon = datetime.now(UTC) + timedelta(hours=1)
    assert not await call(lambda: acme.client.messages.list(date_sent_after=soon))
    assert len(await call(lambda: acme.client.messages.list(date_sent_before=soon))) == 7
    today = datetime.now(UTC).date()
    assert len(await call(lambda: acme.client.messages.list(date_sent=today))) == 7


async def test_a_client_can_go_back_to_the_previous_page(sim: LiveSimulator) -> None:
    acme = await tenant(sim)

    def send_four() -> None:
        for number in range(4):
            acme.client.messages.create(to=PERSON, from_=acme.number, body=f"text {number}")

    await call(send_four)
    first = await call(lambda: acme.client.messages.page(page_size=2))
    second = await call(first.next_page)
    again = await call(second.previous_page)
    assert [m.body for m in again] == ["text 3", "text 2"]


async def test_a_scheduled_message_can_be_cancelled(sim: LiveSimulator, receiver: Receiver) -> None:
    acme = await tenant(sim, callback=receiver.url("/status"))
    made = await call(
        lambda: acme.client.messages.create(
            to=PERSON,
            messaging_service_sid=acme.service_sid,
            body="later",
            schedule_type="fixed",
            send_at=datetime.now(UTC) + timedelta(hours=1),
        )
    )
    assert made.status == "scheduled"
    cancelled = await call(lambda: acme.client.messages(made.sid).update(status="canceled"))
    assert cancelled.status == "canceled"
    await eventually(lambda: _has(receiver, "/status", 1))
    assert receiver.at("/status")[0].form["MessageStatus"] == "canceled"


async def test_a_message_that_is_redacted_and_deleted_stays_in_the_simulators_database(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    made = await call(
        lambda: acme.client.messages.create(to=PERSON, from_=acme.number, body="secret")
    )
    await sim.quiet()
    redacted = await call(lambda: acme.client.messages(made.sid).update(body=""))
    assert redacted.body == ""
    assert await call(lambda: acme.client.messages(made.sid).delete())
    with pytest.raises(TwilioRestException) as gone:
        await call(lambda: acme.client.messages(made.sid).fetch())
    assert (gone.value.status, gone.value.code) == (404, 20404)
    record = await sim.get("/sim/record/messages", account_sid=acme.sid)
    assert [m["sid"] for m in record["messages"]] == [made.sid]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # aiohttp 3.14 warns about the SDK
async def test_the_asynchronous_client_sends_a_hundred_messages_at_once(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    async with AsyncTwilioHttpClient() as http:
        own = client(sim.url, acme.sid, acme.token, http_client=http)
        made = await asyncio.gather(
            *(
                own.messages.create_async(
                    to=f"+1212554{number:04d}",
                    messaging_service_sid=acme.service_sid,
                    body="all at once",
                )
                for number in range(100)
            )
        )
        listed = await own.messages.list_async(limit=1000)
    assert {m.sid for m in made} == {m.sid for m in listed}
    summary = await sim.get("/sim/record/summary")
    assert (summary["created"], summary["accepted"], summary["duplicates"]) == (100, 100, 0)


async def test_twilios_sdk_reads_no_further_page_if_an_account_has_no_messages(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    assert await call(lambda: list(islice(acme.client.messages.stream(), 5))) == []


async def _has(receiver: Receiver, path: str, count: int) -> bool:
    return len(receiver.at(path)) >= count


@pytest.mark.parametrize(
    ("of_service", "of_message", "body", "segments"),
    [
        (True, None, '"' + "a" * 75 + '"...', "1"),
        (False, None, "\u201c" + "a" * 75 + "\u201d\u2026", "2"),
        (False, True, '"' + "a" * 75 + '"...', "1"),
        (True, False, "\u201c" + "a" * 75 + "\u201d\u2026", "2"),
    ],
)
async def test_the_smart_encoding_setting_of_a_message_replaces_that_of_its_messaging_service(
    sim: LiveSimulator, of_service: bool, of_message: bool | None, body: str, segments: str
) -> None:
    acme = await tenant(sim)
    service = acme.client.messaging.v1.services(acme.service_sid)
    await call(lambda: service.update(smart_encoding=of_service))
    said = {} if of_message is None else {"smart_encoded": of_message}
    made = await call(
        lambda: acme.client.messages.create(
            to=PERSON,
            messaging_service_sid=acme.service_sid,
            body="\u201c" + "a" * 75 + "\u201d\u2026",
            **said,
        )
    )
    await sim.quiet()
    final = await call(lambda: acme.client.messages(made.sid).fetch())
    assert (final.body, final.num_segments) == (body, segments)
