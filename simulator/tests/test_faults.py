"""Faults can be set on demand, and nothing is lost if the simulator is killed."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator.tests.conftest import (
    MASTER_SID,
    MASTER_TOKEN,
    LiveSimulator,
    Receiver,
    eventually,
)
from simulator.tests.stripe_client import order, sdk
from simulator.tests.twilio_client import call

MESSAGES = f"/api.twilio.com/2010-04-01/Accounts/{MASTER_SID}/Messages.json"
AUTH = aiohttp.encode_basic_auth(MASTER_SID, MASTER_TOKEN)
CREATE = {"provider": "twilio", "method": "POST", "path_suffix": "/Messages.json"}


async def send(sim: LiveSimulator, body: str, **form: str) -> tuple[int, Any]:
    """Request a message from the number that Twilio's test credentials accept."""
    data = {"To": "+12125540123", "From": "+15005550006", "Body": body, **form}
    async with sim.http.post(MESSAGES, data=data, headers={"Authorization": AUTH}) as response:
        return response.status, await response.json()


async def recorded(sim: LiveSimulator) -> list[str]:
    """Return the bodies of the accepted messages that the simulator has recorded."""
    return [m["body"] for m in (await sim.get("/sim/record/messages"))["messages"]]


@pytest.mark.parametrize(("status", "code"), [(429, 20429), (500, 20500), (503, 20503)])
async def test_a_status_fault_returns_an_error_without_carrying_out_the_request(
    sim: LiveSimulator, status: int, code: int
) -> None:
    await sim.post("/sim/faults", {**CREATE, "status": status, "count": 1})
    got, answer = await send(sim, "one")
    assert (got, answer["code"]) == (status, code)
    assert (await send(sim, "two"))[0] == 201
    assert await recorded(sim) == ["two"]
    requests = (await sim.get("/sim/record/requests", host="api.twilio.com"))["requests"]
    assert [request["status"] for request in requests] == [201, status]


async def test_faults_of_stripe_and_postmark_have_the_providers_error_format(
    sim: LiveSimulator,
) -> None:
    await sim.post("/sim/faults", {"faults": [{"status": 503}]})
    async with sim.http.get("/api.stripe.com/v1/events") as response:
        assert (await response.json())["error"]["type"] == "api_error"
    async with sim.http.post("/api.postmarkapp.com/email", json={}) as response:
        assert (await response.json())["ErrorCode"] == 100


@pytest.mark.parametrize(
    ("fault", "acted"),
    [
        ({"drop_before": True}, False),
        ({"accept_then_drop": True}, True),
        ({"truncate": True}, True),
        ({"hang_s": 0.05}, True),
    ],
)
async def test_a_fault_drops_the_connection_before_or_after_the_request_is_carried_out(
    sim: LiveSimulator, fault: dict[str, Any], acted: bool
) -> None:
    await sim.post("/sim/faults", {**CREATE, **fault, "count": 1})
    with pytest.raises(aiohttp.ClientError):
        await send(sim, "one")
    assert await recorded(sim) == (["one"] if acted else [])


async def test_a_fault_can_return_status_500_although_the_request_was_carried_out(
    sim: LiveSimulator,
) -> None:
    await sim.post("/sim/faults", {**CREATE, "accept_then_500": True})
    assert (await send(sim, "one"))[0] == 500
    assert await recorded(sim) == ["one"]


async def test_a_latency_fault_delays_the_response(sim: LiveSimulator) -> None:
    await sim.post("/sim/faults", {**CREATE, "latency_ms": [150, 200]})
    started = time.monotonic()
    await send(sim, "one")
    assert time.monotonic() - started >= 0.15


async def test_a_fault_affects_the_nth_request_or_a_share_of_requests_chosen_by_the_seed(
    sim: LiveSimulator,
) -> None:
    await sim.post("/sim/faults", {**CREATE, "status": 500, "nth": 2})
    assert [(await send(sim, "x"))[0] for _ in range(3)] == [201, 500, 201]

    async def draw() -> list[int]:
        plan = {"seed": 5, "faults": [{**CREATE, "status": 500, "probability": 0.5}]}
        await sim.post("/sim/faults", plan)
        return [(await send(sim, "x"))[0] for _ in range(20)]

    first = await draw()
    assert set(first) == {201, 500}
    assert await draw() == first


async def test_a_fault_with_an_unknown_field_is_refused(sim: LiveSimulator) -> None:
    async with sim.http.post("/sim/faults", json={"explode": True}) as response:
        assert response.status == 422


async def test_a_fault_can_send_callbacks_several_times(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    await sim.post("/sim/faults", {"callbacks": {"duplicate": 2}})
    await send(sim, "one", StatusCallback=receiver.url("/status"))
    await sim.quiet()
    statuses = sorted(hook.form["MessageStatus"] for hook in receiver.at("/status"))
    assert statuses == ["delivered"] * 3 + ["sent"] * 3


async def test_a_fault_can_send_callbacks_in_another_order(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    await sim.post("/sim/faults", {"seed": 1, "faults": [{"callbacks": {"shuffle": True}}]})
    for number in range(10):
        await send(sim, "one", StatusCallback=receiver.url(f"/status/{number}"))
    await sim.quiet()
    orders = {
        tuple(hook.form["MessageStatus"] for hook in receiver.at(f"/status/{number}"))
        for number in range(10)
    }
    assert ("delivered", "sent") in orders


async def test_a_fault_can_send_a_callback_before_the_response_to_its_request(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    await sim.post("/sim/faults", {"callbacks": {"early": True}})
    _, made = await send(sim, "one", StatusCallback=receiver.url("/status"))
    assert receiver.at("/status")[0].form["MessageSid"] == made["sid"]
    await sim.quiet()  # otherwise later callbacks would arrive during the next test


async def test_a_callback_is_retried_as_often_as_the_options_in_its_url_say(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    receiver.answers["/status"] = [(500, "", "text/plain")] * 2
    url = receiver.url("/status") + "#rc=5&rp=all"
    _, made = await send(sim, "one", StatusCallback=url, To="+12125573003")
    await sim.quiet()
    assert len(receiver.at("/status")) == 3
    tokens = {hook.headers["I-Twilio-Idempotency-Token"] for hook in receiver.at("/status")}
    assert len(tokens) == 1
    callbacks = (await sim.get("/sim/record/callbacks", sid=made["sid"]))["callbacks"]
    assert [(c["attempt"], c["http_status"]) for c in callbacks] == [(1, 500), (2, 500), (3, 204)]
    assert callbacks[0]["params"]["MessageStatus"] == "sent"


async def test_a_callback_is_not_retried_after_500_by_default(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    receiver.answers["/status"] = [(500, "", "text/plain")]
    await send(sim, "one", StatusCallback=receiver.url("/status"), To="+12125573003")
    await sim.quiet()
    assert len(receiver.at("/status")) == 1


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[LiveSimulator]:
    """Return a simulator for this test alone, which may kill it."""
    simulator = LiveSimulator(tmp_path, "")
    await simulator.start()
    yield simulator
    await simulator.stop()


async def test_every_request_that_got_a_response_is_still_stored_after_a_kill(
    mortal: LiveSimulator,
) -> None:
    answered: set[str] = set()

    async def keep_sending(worker: int) -> None:
        for number in range(10_000):
            status, made = await send(mortal, f"text {worker}-{number}")
            assert status == 201
            answered.add(made["sid"])

    workers = [asyncio.create_task(keep_sending(worker)) for worker in range(16)]

    async def enough() -> bool:
        return len(answered) >= 300

    await eventually(enough)
    await mortal.stop(signal.SIGKILL)
    await asyncio.gather(*workers, return_exceptions=True)
    await mortal.start()
    async with mortal.http.get("/sim/record/messages?format=ndjson") as response:
        lines = (await response.text()).splitlines()
    assert all(any(sid in line for line in lines) for sid in list(answered)[:300])
    assert len(lines) >= len(answered)
    await mortal.quiet()
    groups = (await mortal.get("/sim/record/summary"))["groups"]
    assert {group["status"] for group in groups} == {"delivered"}


async def test_bought_numbers_and_opt_outs_survive_a_restart_of_the_simulator(
    mortal: LiveSimulator,
) -> None:
    numbers = f"/api.twilio.com/2010-04-01/Accounts/{MASTER_SID}/IncomingPhoneNumbers.json"
    headers = {"Authorization": AUTH}
    async with mortal.http.post(numbers, data={"AreaCode": "415"}, headers=headers) as response:
        bought = await response.json()
    stop = {"from": "+12125550123", "to": bought["phone_number"], "body": "STOP"}
    await mortal.post("/sim/inbound", stop)
    await mortal.stop()
    await mortal.start()
    status, answer = await send(mortal, "hi", From=bought["phone_number"], To="+12125550123")
    assert (status, answer["code"]) == (400, 21610)


async def test_a_reset_deletes_everything_but_the_master_account(sim: LiveSimulator) -> None:
    await send(sim, "one")
    await sim.quiet()
    await sim.post("/sim/reset")
    assert await recorded(sim) == []
    assert (await sim.get("/sim/record/summary"))["created"] == 0
    assert (await send(sim, "two"))[0] == 201


async def test_a_thousand_messages_at_once_are_all_stored_once(sim: LiveSimulator) -> None:
    gate = asyncio.Semaphore(64)

    async def one(number: int) -> str:
        async with gate:
            status, made = await send(sim, f"text {number}")
        assert status == 201
        return str(made["sid"])

    answered = await asyncio.gather(*(one(number) for number in range(1000)))
    record = await sim.get("/sim/record/messages", limit="5000")
    assert sorted(message["sid"] for message in record["messages"]) == sorted(answered)
    assert record["next_since_id"] == record["messages"][-1]["id"]
    rest = await sim.get("/sim/record/messages", since_id=str(record["messages"][-3]["id"]))
    assert len(rest["messages"]) == 2
    assert (await sim.get("/sim/record/summary"))["duplicates"] == 0


async def test_an_event_that_nobody_accepted_is_delivered_after_a_restart(
    tmp_path: Path, receiver: Receiver
) -> None:
    simulator = LiveSimulator(tmp_path, receiver.url("/events"))
    await simulator.start()
    receiver.answers["/events"] = [(500, "", "text/plain")] * 1000
    client = sdk(simulator)
    session = await call(lambda: client.v1.checkout.sessions.create(order()))
    await call(lambda: client.v1.checkout.sessions.expire(session.id))

    async def has_arrived() -> bool:
        return bool(receiver.at("/events"))

    await eventually(has_arrived)
    await simulator.stop()
    receiver.seen.clear()
    receiver.answers.clear()
    await simulator.start()
    await eventually(has_arrived)
    await simulator.stop()


async def test_the_latest_requests_and_responses_of_each_route_are_kept_if_the_setting_says_so(
    sim: LiveSimulator,
) -> None:
    assert (await send(sim, "Not kept"))[0] == 201
    await sim.post("/sim/behaviour", {"keep_exchanges": 2})
    for body in ("One", "Two", "Three"):
        await send(sim, body)
    await sim.post("/sim/faults", CREATE | {"status": 503})
    await send(sim, "Refused")
    kept = (await sim.get("/sim/record/exchanges", host="api.twilio.com"))["exchanges"]
    assert [(e["form"]["Body"], e["status"]) for e in kept] == [("Three", 201), ("Refused", 0)]
    assert kept[0]["path"] == f"/2010-04-01/Accounts/{MASTER_SID}/Messages.json"
    assert kept[0]["answer"]["body"] == "Three"
    await sim.post("/sim/behaviour", {"keep_exchanges": 0})
    assert (await sim.get("/sim/record/exchanges"))["exchanges"] == []
