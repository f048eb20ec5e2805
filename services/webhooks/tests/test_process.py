"""The process: several workers with one leader, a clean shutdown, and wrong settings."""

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.calls import (
    INCOMING,
    STATUS,
    TwilioAccount,
    form_call,
    incoming_pairs,
    status_pairs,
)
from services.webhooks.tests.conftest import MakeSettings
from services.webhooks.tests.serving import ServiceProcess, environment, serving
from tests.fixtures.forked import run_forked
from tests.fixtures.waiting import wait_until


@pytest.fixture(scope="module")
def service(service_process: ServiceProcess) -> ServiceProcess:
    return service_process


async def test_if_the_leader_dies_another_worker_becomes_the_leader(
    make_settings: MakeSettings,
    migrated_database: Callable[[str], str],
    nats_url: str,
    account: TwilioAccount,
    tmp_path: Path,
) -> None:
    settings = make_settings(migrated_database("webhooks"), nats_url, web_workers=2)
    async with serving(settings, tmp_path) as service:
        # The second worker may start after the first one is ready.
        workers = await wait_until(lambda: two_workers(service))
        port = int(settings.ops_listen.rpartition(":")[2])
        leader = next(w for w in workers if port in listening_ports(w))
        leader.kill()

        async def led_by_another() -> bool:
            now = psutil.Process(service.process.pid).children()
            leaders = [w for w in now if port in listening_ports(w)]
            return bool(leaders) and leader not in leaders

        await wait_until(led_by_another)
        call = form_call(account, STATUS, status_pairs(account))
        assert (await service.post(call)).status_code == 204


def two_workers(service: ServiceProcess) -> list[psutil.Process]:
    workers = psutil.Process(service.process.pid).children()
    return workers if len(workers) == 2 else []


def listening_ports(process: psutil.Process) -> set[int]:
    """Return the ports that a process listens on."""
    try:
        found = process.net_connections("tcp")
    except psutil.Error:
        return set()
    return {connection.laddr.port for connection in found if connection.status == "LISTEN"}


async def test_a_stopping_service_finishes_its_requests(
    make_settings: MakeSettings,
    migrated_database: Callable[[str], str],
    nats_url: str,
    account: TwilioAccount,
    tmp_path: Path,
) -> None:
    settings = make_settings(migrated_database("webhooks"), nats_url)
    answered = []
    async with serving(settings, tmp_path) as service:

        async def send_until_refused() -> None:
            while True:
                call = form_call(account, STATUS, status_pairs(account))
                try:
                    answer = await service.post(call)
                except httpx.ConnectError:  # the log has no other error
                    return
                answered.append(answer.status_code)

        sending = [asyncio.create_task(send_until_refused()) for _ in range(8)]
        await wait_until(lambda: len(answered) > 50)
        service.process.send_signal(signal.SIGTERM)
        started = time.monotonic()
        await asyncio.gather(*sending)
        assert await asyncio.to_thread(service.process.wait, 60) == 0
        assert time.monotonic() - started < settings.grace_seconds + 5
        assert set(answered) == {204}
        assert len(await service.logged_of(account)) >= len(answered)


async def test_logs_contain_no_secret_and_no_full_phone_number(
    service: ServiceProcess, settings: WebhooksSettings, account: TwilioAccount
) -> None:
    call = form_call(account, INCOMING, incoming_pairs(account, Body="my secret words"))
    await service.post(call)
    call.headers["X-Twilio-Signature"] = "forged\tsignature"
    assert (await service.post(call)).status_code == 401
    printed = service.log_file.read_text()
    assert "webhook_refused" in printed
    for hidden in (
        account.tokens[0],
        settings.stripe_webhook_secret.get_secret_value(),
        "4155550123",
        "secret words",
        "forged",
    ):
        assert hidden not in printed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_WEBHOOKS_URL", "hooks.example.test"),
        ("PUBLIC_WEBHOOKS_URL", "https://user:password@hooks.example.test"),
        ("PUBLIC_WEBHOOKS_URL", "https://hooks.example.test/?a=b"),
        ("STRIPE_WEBHOOK_SECRET", " , "),
        ("RESEND_AFTER_SECONDS", "0"),
    ],
)
async def test_a_wrong_setting_is_reported_at_start(
    settings: WebhooksSettings, tmp_path: Path, name: str, value: str
) -> None:
    wrong, log = {**environment(settings), name: value}, tmp_path / "log"
    serve = ["services.webhooks", "serve"]
    assert await asyncio.to_thread(run_forked, serve, wrong, log) == 2
    assert name in log.read_text()
