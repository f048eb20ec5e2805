"""Health and metrics over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client import Counter

from servicekit.telemetry import ops
from servicekit.telemetry.ops import Check, OpsServer
from tests.fixtures.running import listening


async def well() -> None:
    """A part that works."""


async def broken() -> None:
    """A part that doesn't, with a reason that is nobody's business."""
    raise ConnectionError("postgresql://toy:hunter2@db")


async def silent() -> None:
    """A part that does not answer."""
    await asyncio.Event().wait()


@asynccontextmanager
async def serving(**checks: Check) -> AsyncIterator[tuple[OpsServer, httpx.AsyncClient]]:
    listen = listening()
    server = OpsServer(listen, checks)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://{listen}") as client:
        yield server, client
    await server.close()


async def test_a_process_that_lives_is_healthy_whatever_is_broken() -> None:
    async with serving(database=broken) as (_, client):
        assert (await client.get("/healthz")).status_code == 200


async def test_a_process_is_ready_when_every_part_works() -> None:
    async with serving(database=well, bus=well) as (_, client):
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readiness_names_the_parts_that_fail_and_no_more() -> None:
    async with serving(database=broken, bus=well) as (_, client):
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == {"database": "ConnectionError"}
    assert "hunter2" not in answer.text


async def test_a_part_that_does_not_answer_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops, "_CHECK_SECONDS", 0.05)
    async with serving(database=silent, bus=silent) as (_, client):
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == {"database": "TimeoutError", "bus": "TimeoutError"}


async def test_a_draining_process_takes_no_new_work_and_is_alive() -> None:
    async with serving(database=well) as (server, client):
        server.drain()
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["reasons"]) == (503, {"process": "draining"})
        assert (await client.get("/healthz")).status_code == 200


async def test_metrics_are_served_for_prometheus() -> None:
    counter = Counter("ops_test_things", "Things")
    counter.inc(3)
    async with serving() as (_, client):
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "ops_test_things_total 3.0" in answer.text
