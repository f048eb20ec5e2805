"""Dispatch: measure a campaign from its start to the last recorded response of the provider."""

import asyncio
from typing import Any

import aiohttp
import httpx
import psutil
import uvloop
from rich.console import Console

from bench.machine import Usage, measured
from bench.report import Figure, memory_figure
from bench.tenant import Tenant
from deploy.local.stack import Stack
from deploy.local.waiting import wait_for

_IN_FLIGHT = 64
# Seconds between two looks at the progress: few, so that they do not affect the measurement.
_LOOK_EVERY = 0.25
_MAX_GROWTH_MIB = 64.0
# Messages per CPU-second (all processes) of GOV.UK Notify, on a machine where our own loop of posts
# (``_yardstick``) made 8,600 posts per CPU-second.
_NOTIFY_TO_YARDSTICK = 170 / 8600


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Send a campaign to ``count`` people with status callbacks off.

    Compares its rate with that of a plain loop of HTTP POST requests.
    """
    console.print(f"dispatch: {count:,} recipients")
    list_id = audience(tenant, count)
    tenant.top_up(count)
    _without_callbacks(tenant)
    before = tenant.balance()
    usage = _send(stack, tenant, list_id)
    _prove(tenant, count, before)
    yardstick = _yardstick(stack, tenant, count)
    httpx.delete(f"{tenant.simulator}/sim/faults").raise_for_status()
    console.print(f"  wall {usage.seconds:.1f} s, {count / usage.seconds:,.0f} messages/s")
    usage.print(console)
    return _figures(usage, count, yardstick)


def audience(tenant: Tenant, count: int) -> str:
    """Import ``count`` contacts into a new list, and return the list's id."""
    list_id = str(tenant.post("/api/contact-lists", {"name": "Everybody"})["id"])
    rows = [f"+1415{600 + n // 10_000:03d}{n % 10_000:04d},Ada{n}" for n in range(count)]
    tenant.import_csv(("phone,firstName\n" + "\n".join(rows)).encode(), list_id)
    return list_id


def _send(stack: Stack, tenant: Tenant, list_id: str) -> Usage:
    message = "Hi {{firstName}}, doors open at 7 pm. Reply STOP to opt out."
    draft = {"name": "Bench", "message": message, "listId": list_id}
    campaign = tenant.post("/api/campaigns", draft)["id"]
    with measured(stack) as usage:
        tenant.post(f"/api/campaigns/{campaign}/send", {})
        path = f"/api/campaigns/{campaign}"
        wait_for(
            "the end of the campaign",
            lambda: tenant.get(path)["status"] == "done",
            600,
            _LOOK_EVERY,
        )
    return usage


def _figures(usage: Usage, count: int, yardstick: float) -> list[Figure]:
    worker = count / usage.cpu_of("sender", "postgres", "nats")
    platform = count / (usage.cpu_of() - usage.cpu_of("simulator"))
    notify = yardstick * _NOTIFY_TO_YARDSTICK
    growth = max(grown for name, grown in usage.growth.items() if name != "simulator")
    return [
        Figure(
            "dispatch, per CPU-s of worker, Postgres, NATS",
            f"{worker:,.0f}",
            f"{yardstick:,.0f}",
            worker / yardstick,
            0.30,
        ),
        Figure(
            "dispatch, per CPU-s all in, to GOV.UK Notify",
            f"{platform:,.0f}",
            f"{notify:,.0f}",
            platform / notify,
            10,
        ),
        memory_figure("dispatch", growth, _MAX_GROWTH_MIB),
    ]


def _without_callbacks(tenant: Tenant) -> None:
    fault = {"provider": "twilio", "callbacks": {"lose": 1.0}}
    httpx.post(f"{tenant.simulator}/sim/faults", json=fault).raise_for_status()


def _prove(tenant: Tenant, count: int, before: int) -> None:
    """Raise an error unless each message was received once and charged once."""
    summary = httpx.get(f"{tenant.simulator}/sim/record/summary").json()
    received = _accepted(summary, tenant.account_sid)
    charged = before - tenant.balance()
    if (received, charged) != (count, count):
        raise RuntimeError(f"{count} planned, {received} received, {charged} cents charged")


def _accepted(summary: dict[str, Any], account_sid: str) -> int:
    if summary["duplicates"]:
        raise RuntimeError("a person was texted twice")
    return sum(
        int(group["messages"])
        for group in summary["groups"]
        if group["account_sid"] == account_sid and group["direction"] == "outbound-api"
    )


def _yardstick(stack: Stack, tenant: Tenant, count: int) -> float:
    """Measure how many POST requests with the same form a plain loop sends per CPU-second."""
    master = stack.secrets
    account = httpx.get(
        f"{tenant.simulator}/api.twilio.com/2010-04-01/Accounts/{tenant.account_sid}.json",
        auth=(master.twilio_account_sid, master.twilio_auth_token),
    ).json()
    services = httpx.get(
        f"{tenant.simulator}/messaging.twilio.com/v1/Services",
        auth=(tenant.account_sid, account["auth_token"]),
    ).json()["services"]
    form = {
        "Body": "Hi Ada12345, doors open at 7 pm. Reply STOP to opt out.",
        "MessagingServiceSid": services[0]["sid"],
        "StatusCallback": "http://127.0.0.1:9/api/webhooks/twilio-status/0",
    }
    url = (
        f"{tenant.simulator}/api.twilio.com/2010-04-01/Accounts/{tenant.account_sid}/Messages.json"
    )
    me = psutil.Process()
    before = me.cpu_times()
    uvloop.run(_post_all(url, form, (tenant.account_sid, account["auth_token"]), count))
    after = me.cpu_times()
    used = after.user + after.system - before.user - before.system
    return count / float(used)


async def _post_all(url: str, form: dict[str, str], auth: tuple[str, str], count: int) -> None:
    numbers = iter(range(count))
    headers = {"Authorization": aiohttp.encode_basic_auth(*auth)}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_IN_FLIGHT)) as http:

        async def post_next() -> None:
            for n in numbers:
                to = f"+1415{700 + n // 10_000:03d}{n % 10_000:04d}"
                async with http.post(url, data={**form, "To": to}, headers=headers) as answer:
                    await answer.read()
                    if answer.status != 201:
                        raise RuntimeError(f"the simulator answered {answer.status}")

        await asyncio.gather(*(post_next() for _ in range(_IN_FLIGHT)))
