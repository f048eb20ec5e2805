"""Twilio's own SDK, connected to a simulator, and a tenant to test with."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.tests.conftest import MASTER_SID, MASTER_TOKEN, LiveSimulator

T = TypeVar("T")
HOSTS = ("api", "messaging", "accounts", "lookups", "trusthub", "events")


def client(url: str, sid: str = MASTER_SID, token: str = MASTER_TOKEN, **more: Any) -> Client:
    """Return a client of Twilio's SDK with the simulator's base URLs."""
    made = Client(sid, token, http_client=more.pop("http_client", TwilioHttpClient()), **more)
    for host in HOSTS:
        getattr(made, host).base_url = f"{url}/{host}.twilio.com"
    return made


async def call(work: Callable[[], T]) -> T:
    """Run a blocking SDK call in a thread, so that the event loop can serve the webhooks."""
    return await asyncio.to_thread(work)


async def refusal(work: Callable[[], Any]) -> tuple[int, int]:
    """Return the HTTP status and Twilio's error code of an SDK call, which must be refused."""
    with pytest.raises(TwilioException) as refused:
        await call(work)
    error = refused.value
    if isinstance(error, TwilioRestException):
        return error.status, error.code
    answer = error.args[1]  # for a refused list, the SDK does not raise its own exception
    return answer.status_code, json.loads(answer.text)["code"]


@dataclass
class Tenant:
    """A subaccount with one number in a messaging service."""

    sid: str
    token: str
    client: Client
    number: str
    number_sid: str
    service_sid: str


async def tenant(sim: LiveSimulator, callback: str = "", inbound: str = "") -> Tenant:
    """Open a subaccount with a number in a messaging service, as the platform does."""

    def open_it() -> Tenant:
        account = client(sim.url).api.v2010.accounts.create(friendly_name="Acme")
        own = client(sim.url, account.sid, account.auth_token)
        number = own.incoming_phone_numbers.create(area_code="415", sms_url=inbound or None)
        service = own.messaging.v1.services.create(
            friendly_name="Acme texts",
            status_callback=callback or None,
            inbound_request_url=inbound or None,
        )
        own.messaging.v1.services(service.sid).phone_numbers.create(number.sid)
        return Tenant(
            account.sid, account.auth_token, own, number.phone_number, number.sid, service.sid
        )

    return await call(open_it)


async def more_numbers(acme: Tenant, *area_codes: str) -> list[str]:
    """Buy a number of each area code for the tenant's messaging service."""

    def buy() -> list[str]:
        bought = [acme.client.incoming_phone_numbers.create(area_code=c) for c in area_codes]
        for number in bought:
            acme.client.messaging.v1.services(acme.service_sid).phone_numbers.create(number.sid)
        return [number.phone_number for number in bought]

    return await call(buy)
