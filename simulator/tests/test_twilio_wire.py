"""The format of Twilio's responses: statuses, dates, strings, URLs and errors."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from simulator.tests.conftest import LiveSimulator
from simulator.tests.twilio_client import Tenant, call, tenant

RFC2822 = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000"
ISO8601 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
A_DAY_MS = 24 * 3600 * 1000
HOSTS = ("api", "messaging", "accounts", "lookups", "trusthub", "events")


async def ask(
    sim: LiveSimulator, acme: Tenant, method: str, path: str, form: dict[str, str] | None = None
) -> tuple[int, Any, Any]:
    """Send a request of the tenant. Return status, JSON and headers of the response."""
    headers = {"Authorization": aiohttp.encode_basic_auth(acme.sid, acme.token)}
    async with sim.http.request(method, path, data=form, headers=headers) as response:
        text = await response.text()
        return response.status, await response.json() if text else None, response.headers


def account(acme: Tenant, rest: str) -> str:
    return f"/api.twilio.com/2010-04-01/Accounts/{acme.sid}{rest}"


async def test_the_response_to_a_creation_is_201_and_that_to_a_deletion_an_empty_204(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    number = {"AreaCode": "303"}
    bought = await ask(sim, acme, "POST", account(acme, "/IncomingPhoneNumbers.json"), number)
    path = account(acme, f"/IncomingPhoneNumbers/{bought[1]['sid']}.json")
    changed = await ask(sim, acme, "POST", path, {"FriendlyName": "x"})
    deleted = await ask(sim, acme, "DELETE", path)
    assert (bought[0], changed[0], deleted[0], deleted[1]) == (201, 200, 204, None)
    services = "/messaging.twilio.com/v1/Services"
    made = await ask(sim, acme, "POST", services, {"FriendlyName": "x"})
    gone = await ask(sim, acme, "DELETE", f"{services}/{made[1]['sid']}")
    assert (made[0], gone[0], gone[1]) == (201, 204, None)


async def test_a_message_has_the_format_of_the_2010_api(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    text = {"To": "+12125550123", "From": acme.number, "Body": "hi"}
    _, made, headers = await ask(sim, acme, "POST", account(acme, "/Messages.json"), text)
    assert headers["Content-Type"] == "application/json"
    assert re.fullmatch(r"RQ[0-9a-f]{32}", headers["Twilio-Request-Id"])
    assert re.fullmatch("SM[0-9a-f]{32}", made["sid"])
    assert (made["num_segments"], made["num_media"]) == ("1", "0")
    assert (made["error_code"], made["error_message"], made["date_sent"]) == (None, None, None)
    assert re.fullmatch(RFC2822, made["date_created"])
    assert made["uri"] == f"/2010-04-01/Accounts/{acme.sid}/Messages/{made['sid']}.json"
    assert set(made["subresource_uris"]) == {"media", "feedback"}


async def test_a_messaging_service_has_iso_dates_and_links_as_at_twilio(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    path = f"/messaging.twilio.com/v1/Services/{acme.service_sid}"
    status, shown, _ = await ask(sim, acme, "GET", path)
    assert status == 200
    assert re.fullmatch(ISO8601, shown["date_created"])
    assert shown["url"] == f"{sim.url}{path}"
    assert shown["links"]["phone_numbers"] == f"{sim.url}{path}/PhoneNumbers"


async def test_on_newer_hosts_the_links_to_other_pages_are_in_the_field_meta(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    own = acme.client.messaging.v1.services
    await call(lambda: [own.create(friendly_name=f"Service {n}") for n in range(3)])
    path = "/messaging.twilio.com/v1/Services?PageSize=2"
    _, first, _ = await ask(sim, acme, "GET", path)
    assert set(first) == {"services", "meta"}
    meta = first["meta"]
    assert (meta["key"], meta["page"], meta["page_size"]) == ("services", 0, 2)
    assert meta["previous_page_url"] is None
    assert meta["first_page_url"].startswith(f"{sim.url}/messaging.twilio.com/v1/Services?")
    _, second, _ = await ask(sim, acme, "GET", meta["next_page_url"].removeprefix(sim.url))
    assert (second["meta"]["page"], second["meta"]["next_page_url"]) == (1, None)
    names = [service["friendly_name"] for service in first["services"] + second["services"]]
    assert names == ["Acme texts", "Service 0", "Service 1", "Service 2"]


async def test_an_error_response_has_a_code_a_text_a_link_and_the_status(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    text = {"To": "nobody", "From": acme.number, "Body": "hi"}
    status, refusal, _ = await ask(sim, acme, "POST", account(acme, "/Messages.json"), text)
    assert (status, refusal) == (
        400,
        {
            "code": 21211,
            "message": "The 'To' number nobody is not a valid phone number",
            "more_info": "https://www.twilio.com/docs/errors/21211",
            "status": 400,
        },
    )


@pytest.mark.parametrize("host", HOSTS)
async def test_an_unknown_path_of_any_host_gets_an_error_in_twilios_format(
    sim: LiveSimulator, host: str
) -> None:
    acme = await tenant(sim)
    status, refusal, _ = await ask(sim, acme, "GET", f"/{host}.twilio.com/v1/Nothing")
    assert (status, refusal["code"]) == (404, 20404)
    assert "/v1/Nothing" in refusal["message"]


async def test_parameters_in_a_json_body_are_ignored(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    headers = {"Authorization": aiohttp.encode_basic_auth(acme.sid, acme.token)}
    text = {"To": "+12125550123", "From": acme.number, "Body": "hi"}
    path = account(acme, "/Messages.json")
    async with sim.http.post(path, json=text, headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 21602)


async def test_all_times_in_responses_come_from_the_simulated_clock_of_the_provider(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/behaviour", {"clock_ahead_ms": 10 * A_DAY_MS})
    text = {"To": "+12125550123", "From": acme.number, "Body": "hi"}
    _, made, headers = await ask(sim, acme, "POST", account(acme, "/Messages.json"), text)
    now = parsedate_to_datetime(headers["Date"])
    await sim.post("/sim/behaviour", {"clock_ahead_ms": 0})
    _, _, later = await ask(sim, acme, "GET", account(acme, "/Messages.json"))
    ahead = now - parsedate_to_datetime(later["Date"])
    assert 9.9 <= ahead.total_seconds() / (24 * 3600) <= 10
    assert abs((parsedate_to_datetime(made["date_created"]) - now).total_seconds()) <= 2


async def test_a_delivery_report_has_the_time_of_the_providers_clock(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/behaviour", {"clock_ahead_ms": 400 * A_DAY_MS})
    text = {"To": "+12125550123", "From": acme.number, "Body": "hi"}
    text["StatusCallback"] = "http://127.0.0.1:1/status"
    _, made, headers = await ask(sim, acme, "POST", account(acme, "/Messages.json"), text)
    await sim.quiet()
    told = (await sim.get("/sim/record/callbacks", sid=made["sid"]))["callbacks"]
    [done] = {c["params"]["RawDlrDoneDate"] for c in told if "RawDlrDoneDate" in c["params"]}
    now = parsedate_to_datetime(headers["Date"])
    receipt = datetime.strptime(done, "%y%m%d%H%M").replace(tzinfo=UTC)
    assert timedelta(minutes=-1) <= receipt - now <= timedelta(minutes=2)


async def test_the_time_of_a_scheduled_text_is_checked_by_the_providers_clock(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    path = account(acme, "/Messages.json")
    now = parsedate_to_datetime((await ask(sim, acme, "GET", path))[2]["Date"])
    await sim.post("/sim/behaviour", {"clock_ahead_ms": 10 * A_DAY_MS})
    text = {
        "To": "+12125550123",
        "MessagingServiceSid": acme.service_sid,
        "Body": "hi",
        "ScheduleType": "fixed",
    }
    in_a_day = text | {"SendAt": (now + timedelta(days=1)).isoformat()}
    assert (await ask(sim, acme, "POST", path, in_a_day))[1]["code"] == 35114
    in_forty_days = text | {"SendAt": (now + timedelta(days=40)).isoformat()}
    assert (await ask(sim, acme, "POST", path, in_forty_days))[1]["status"] == "scheduled"


@pytest.mark.parametrize(
    ("status", "code"), [(403, 20403), (404, 20404), (405, 20004), (502, 20500)]
)
async def test_a_fault_of_one_host_does_not_affect_the_others(
    sim: LiveSimulator, status: int, code: int
) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/faults", {"path_prefix": "/messaging.twilio.com/", "status": status})
    services = "/messaging.twilio.com/v1/Services"
    failed, refusal, _ = await ask(sim, acme, "POST", services, {"FriendlyName": "x"})
    assert (failed, refusal["code"], refusal["status"]) == (status, code, status)
    assert (await ask(sim, acme, "GET", account(acme, "/Messages.json")))[0] == 200
    await sim.delete("/sim/faults")
    _, listed, _ = await ask(sim, acme, "GET", services)
    assert [service["sid"] for service in listed["services"]] == [acme.service_sid]


async def test_a_fault_with_a_count_ends_after_that_many_requests(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    await sim.post("/sim/faults", {"method": "GET", "status": 503, "count": 2})
    path = account(acme, "/Messages.json")
    statuses = [(await ask(sim, acme, "GET", path))[0] for _ in range(3)]
    assert statuses == [503, 503, 200]
    [fault] = (await sim.get("/sim/faults"))["faults"]
    assert (fault["seen"], fault["hits"]) == (3, 2)
