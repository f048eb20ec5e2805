"""A webhook that got 2xx is stored, even if the database, the bus or messaging is down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import RowMapping

from deploy.local.nats import Nats
from deploy.local.postgres import Postgres
from servicekit.bus.connection import Bus
from services.webhooks.tests.calls import (
    STATUS,
    TwilioAccount,
    form_call,
    status_pairs,
    stripe_call,
    stripe_event,
)
from services.webhooks.tests.conftest import MakeSettings
from services.webhooks.tests.serving import Service, serving
from services.webhooks.tests.subscriptions import subscribed
from tests.fixtures.databases import read_only
from tests.fixtures.waiting import wait_until


@pytest.fixture
async def own_service(
    make_settings: MakeSettings, own_database: str, own_nats: Nats, tmp_path: Path
) -> AsyncIterator[Service]:
    """Run a service whose database and bus the test can stop."""
    settings = make_settings(own_database, own_nats.url, resend_after_seconds=1.0, scheduler=True)
    async with serving(settings, tmp_path) as service:
        yield service


async def post_statuses(service: Service, account: TwilioAccount, count: int) -> set[int]:
    """Post `count` callbacks, and return the response statuses."""
    calls = [form_call(account, STATUS, status_pairs(account)) for _ in range(count)]
    answers = await asyncio.gather(*(service.post(call) for call in calls))
    return {answer.status_code for answer in answers}


async def test_the_bus_stores_webhooks_while_the_database_is_down(
    own_service: Service, own_postgres: Postgres, own_nats: Nats, account: TwilioAccount
) -> None:
    assert await post_statuses(own_service, account, 3) == {204}
    await asyncio.to_thread(own_postgres.process.kill, keep_down=True)
    twice = form_call(account, STATUS, status_pairs(account))
    try:
        assert await post_statuses(own_service, account, 20) == {204}
        for _ in range(2):
            assert (await own_service.post(twice)).status_code == 204
        assert (await own_service.post(stripe_call(stripe_event()))).status_code == 200
    finally:
        await asyncio.to_thread(own_postgres.start)
    bus = await Bus.connect(own_nats.url, "tests")
    async with subscribed(bus, "webhook.twilio.status") as messages:
        rows = await wait_until(lambda: all_logged(own_service, account, 24))
        kept_by_the_bus = {str(row["id"]) for row in rows if row["signature"] is None}
        untold = set(kept_by_the_bus)
        while untold:
            untold.discard((await messages.next_of(account)).id)
    await bus.close()
    assert len(kept_by_the_bus) == 21


async def all_logged(service: Service, account: TwilioAccount, count: int) -> list[RowMapping]:
    rows = await service.logged_of(account)
    assert len(rows) <= count
    return rows if len(rows) == count else []


async def test_the_bus_stores_webhooks_while_the_database_is_read_only(
    own_service: Service, own_postgres: Postgres, account: TwilioAccount
) -> None:
    """After a failover, the old primary of the database still answers reads."""
    assert await post_statuses(own_service, account, 1) == {204}
    with read_only(own_postgres):
        assert await post_statuses(own_service, account, 20) == {204}
    await wait_until(lambda: all_logged(own_service, account, 21))


def family(postgres: Postgres) -> list[psutil.Process]:
    """Return the process of a Postgres server and all its child processes."""
    server = psutil.Process(postgres.process.pid)
    return [server, *server.children()]


async def test_requests_do_not_wait_for_a_hanging_database(
    own_service: Service, own_postgres: Postgres, account: TwilioAccount
) -> None:
    await post_statuses(own_service, account, 1)
    processes = family(own_postgres)
    for process in processes:
        process.suspend()
    try:
        async with asyncio.timeout(20):
            assert await post_statuses(own_service, account, 5) == {204}
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):  # its client hung up
                process.resume()
    await wait_until(lambda: all_logged(own_service, account, 6))


async def test_webhooks_logged_while_the_bus_is_down_are_published_later(
    own_service: Service, own_nats: Nats, account: TwilioAccount
) -> None:
    await asyncio.to_thread(own_nats.process.kill, keep_down=True)
    assert await post_statuses(own_service, account, 20) == {204}
    assert len(await own_service.logged_of(account)) == 20
    await asyncio.to_thread(own_nats.start)
    bus = await Bus.connect(own_nats.url, "tests")
    async with subscribed(bus, "webhook.twilio.status") as messages:
        told = {(await messages.next_of(account)).id for _ in range(20)}
    await bus.close()
    assert told == {str(row["id"]) for row in await own_service.logged_of(account)}


async def test_webhooks_get_503_while_database_and_bus_are_down(
    own_service: Service, own_postgres: Postgres, own_nats: Nats, account: TwilioAccount
) -> None:
    await post_statuses(own_service, account, 1)
    await asyncio.to_thread(own_nats.process.kill, keep_down=True)
    await asyncio.to_thread(own_postgres.process.kill, keep_down=True)
    call = form_call(account, STATUS, status_pairs(account))
    try:
        answer = await own_service.post(call)
    finally:
        await asyncio.to_thread(own_postgres.start)
        await asyncio.to_thread(own_nats.start)
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) > 0

    async def taken() -> bool:
        return (await own_service.post(call)).status_code == 204

    await wait_until(taken)
    await wait_until(lambda: all_logged(own_service, account, 2))


async def test_a_service_that_starts_without_the_bus_logs_webhooks_and_publishes_them_later(
    make_settings: MakeSettings,
    own_database: str,
    own_nats: Nats,
    account: TwilioAccount,
    tmp_path: Path,
) -> None:
    settings = make_settings(own_database, own_nats.url, resend_after_seconds=1.0, scheduler=True)
    await asyncio.to_thread(own_nats.stop)
    async with serving(settings, tmp_path) as service:
        assert await post_statuses(service, account, 5) == {204}
        await asyncio.to_thread(own_nats.start)
        bus = await Bus.connect(own_nats.url, "tests")
        async with subscribed(bus, "webhook.twilio.status") as messages:
            told = {(await messages.next_of(account)).id for _ in range(5)}
        await bus.close()
        assert told == {str(row["id"]) for row in await service.logged_of(account)}


async def test_a_service_that_starts_without_the_database_accepts_webhooks_and_logs_them_later(
    make_settings: MakeSettings,
    own_database: str,
    own_postgres: Postgres,
    own_nats: Nats,
    account: TwilioAccount,
    tmp_path: Path,
) -> None:
    settings = make_settings(own_database, own_nats.url)
    await asyncio.to_thread(own_postgres.stop)
    try:
        async with serving(settings, tmp_path) as service:
            assert await post_statuses(service, account, 5) == {204}
            await asyncio.to_thread(own_postgres.start)
            await wait_until(lambda: all_logged(service, account, 5))
    finally:
        await asyncio.to_thread(own_postgres.start)


async def test_webhooks_that_a_wiped_bus_lost_are_published_again(
    own_service: Service, own_nats: Nats, account: TwilioAccount
) -> None:
    await post_statuses(own_service, account, 5)
    await asyncio.to_thread(own_nats.wipe)
    bus = await Bus.connect(own_nats.url, "tests")
    async with subscribed(bus, "webhook.twilio.status") as messages:
        told = {(await messages.next_of(account)).id for _ in range(5)}
    await bus.close()
    assert told == {str(row["id"]) for row in await own_service.logged_of(account)}


async def test_while_messaging_is_down_requests_of_uncached_accounts_get_503(
    make_settings: MakeSettings, own_database: str, nats_url: str, tmp_path: Path
) -> None:
    settings = make_settings(own_database, nats_url, messaging_addr="127.0.0.1:1")
    account = TwilioAccount()
    async with serving(settings, tmp_path) as service:
        answer = await service.post(form_call(account, STATUS, status_pairs(account)))
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        lines = service.log_file.read_text().splitlines()
        told = [line for line in lines if answer.json()["requestId"] in line]
        assert any("webhook_refused" in line and "AioRpcError" in line for line in told)
        assert (await service.post(stripe_call(stripe_event()))).status_code == 200
    assert not await service.logged_of(account)
