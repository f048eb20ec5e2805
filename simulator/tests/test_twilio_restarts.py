"""After a restart, the simulated Twilio still has its objects and continues unfinished work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from simulator.app import build
from simulator.settings import Behaviour, Settings
from simulator.tests.conftest import MASTER_SID, MASTER_TOKEN, LiveSimulator, eventually
from simulator.tests.twilio_client import Tenant, call, client, refusal, tenant
from simulator.tests.twilio_registrant import Registration

PERSON = "+12125550123"
HOUR = timedelta(hours=1)
NEVER = (3_600_000, 3_600_000)
AT_ONCE: dict[str, Any] = {
    **dict.fromkeys(("queued_delay_ms", "sent_delay_ms", "final_delay_ms"), (1, 1)),
    "review_delay_ms": (1, 1),
}


@asynccontextmanager
async def running(
    state_dir: Path, token: str = MASTER_TOKEN, **behaviour: Any
) -> AsyncIterator[LiveSimulator]:
    """Run a simulator in this process until the `with` block ends."""
    credentials = {"twilio_account_sid": MASTER_SID, "twilio_auth_token": token}
    settings = Settings().model_copy(update={"state_dir": state_dir, **credentials})
    server = TestServer(build(settings, Behaviour(**{**AT_ONCE, **behaviour})))
    async with server:
        simulator = LiveSimulator(state_dir, "")
        simulator.url = str(server.make_url("")).rstrip("/")
        async with aiohttp.ClientSession(simulator.url) as simulator.http:
            yield simulator


def again(simulator: LiveSimulator, acme: Tenant) -> Tenant:
    """Return the same tenant with a client of the restarted simulator."""
    own = client(simulator.url, acme.sid, acme.token)
    return Tenant(acme.sid, acme.token, own, acme.number, acme.number_sid, acme.service_sid)


async def test_numbers_services_keys_tokens_and_opt_outs_of_an_account_survive_a_restart(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as before:
        acme = await tenant(before, callback="https://example.com/status")
        key = await call(acme.client.api.v2010.account.new_keys.create)
        second = await call(acme.client.accounts.v1.secondary_auth_token().create)
        released = await call(lambda: acme.client.incoming_phone_numbers.create(area_code="303"))
        await call(acme.client.incoming_phone_numbers(released.sid).delete)
        await before.post("/sim/inbound", {"from": PERSON, "to": acme.number, "body": "STOP"})
    async with running(tmp_path) as after:
        acme = again(after, acme)
        service = acme.client.messaging.v1.services(acme.service_sid)
        assert (await call(service.fetch)).status_callback == "https://example.com/status"
        assert [n.sid for n in await call(service.phone_numbers.list)] == [acme.number_sid]
        text = {"to": PERSON, "from_": acme.number, "body": "hi"}
        assert await refusal(lambda: acme.client.messages.create(**text)) == (400, 21610)
        for user, password in ((key.sid, key.secret), (acme.sid, second.secondary_auth_token)):
            own = client(after.url, user, password, account_sid=acme.sid)
            assert len(await call(own.messages.list)) == 2
        gone = {"phone_number": released.phone_number}
        buying = acme.client.incoming_phone_numbers
        assert await refusal(lambda: buying.create(**gone)) == (400, 21422)


async def test_messages_that_are_not_final_continue_after_a_restart_and_no_id_is_used_twice(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, sent_delay_ms=NEVER, queued_delay_ms=NEVER) as before:
        acme = await tenant(before)

        def send() -> list[str]:
            create = acme.client.messages.create
            queued = create(to=PERSON, from_=acme.number, body="one")
            accepted = create(to=PERSON, messaging_service_sid=acme.service_sid, body="two")
            return [queued.sid, accepted.sid]

        sids = await call(send)
    async with running(tmp_path) as after:
        acme = again(after, acme)
        text = {"to": PERSON, "from_": acme.number, "body": "three"}
        sids.append((await call(lambda: acme.client.messages.create(**text))).sid)
        await after.quiet()
        listed = await call(acme.client.messages.list)
        assert [m.sid for m in reversed(listed)] == sids
        assert {(m.status, m.from_) for m in listed} == {("delivered", acme.number)}


async def test_a_scheduled_message_is_still_scheduled_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as before:
        acme = await tenant(before)
        text = {
            "to": PERSON,
            "messaging_service_sid": acme.service_sid,
            "body": "later",
            "schedule_type": "fixed",
            "send_at": "2100-01-01T00:00:00Z",
        }
        assert await refusal(lambda: acme.client.messages.create(**text)) == (400, 35114)
        text["send_at"] = await in_an_hour(acme)
        sid = (await call(lambda: acme.client.messages.create(**text))).sid
    async with running(tmp_path) as after:
        message = again(after, acme).client.messages(sid)
        assert (await call(message.fetch)).status == "scheduled"
        assert (await call(lambda: message.update(status="canceled"))).status == "canceled"


async def in_an_hour(acme: Tenant) -> str:
    """Return a time by the simulator's clock, as ISO 8601."""
    account = await call(acme.client.api.v2010.accounts(acme.sid).fetch)
    return str(account.date_created.replace(microsecond=0) + HOUR).replace(" ", "T")


async def test_pending_reviews_continue_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, review_by_hand=True) as before:
        registration = Registration(await tenant(before), before)
        sid = await call(registration.brand)
        assert (await registration.brand_when(sid, "PENDING")).status == "PENDING"
    async with running(tmp_path) as after:
        registration = Registration(again(after, registration.acme), after)
        assert (await registration.brand_when(sid, "APPROVED")).brand_score == 75
        hub = registration.client.trusthub.v1.customer_profiles

        async def approved() -> bool:
            return {each.status for each in await call(hub.list)} == {"twilio-approved"}

        await eventually(approved)


async def test_a_restart_with_a_new_token_setting_uses_the_new_token(tmp_path: Path) -> None:
    async with running(tmp_path) as before:
        acme = await tenant(before)
    async with running(tmp_path, "another-token") as after:
        assert await refusal(client(after.url).messages.list) == (401, 20003)
        master = client(after.url, MASTER_SID, "another-token")
        listed = await call(master.api.v2010.accounts.list)
        assert [account.sid for account in listed] == [MASTER_SID, acme.sid]


async def test_a_reset_deletes_accounts_numbers_and_registrations(tmp_path: Path) -> None:
    async with running(tmp_path) as simulator:
        registration = Registration(await tenant(simulator), simulator)
        await call(registration.brand)
        await simulator.post("/sim/reset")
        assert await refusal(registration.client.messages.list) == (401, 20003)
        master = client(simulator.url)
        assert [a.sid for a in await call(master.api.v2010.accounts.list)] == [MASTER_SID]
        assert (await simulator.get("/sim/twilio/a2p"))["brands"] == []
        number = {"phone_number": registration.acme.number}
        assert (await call(lambda: master.incoming_phone_numbers.create(**number))).sid
