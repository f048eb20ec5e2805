"""A process serves its health checks and its metrics over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client import Counter
from structlog.testing import capture_logs

from servicekit.telemetry import dependencies, ops
from servicekit.telemetry.dependencies import Check
from servicekit.telemetry.ops import OpsServer
from tests.fixtures.running import listening
from tests.fixtures.waiting import wait_until


async def well() -> None:
    """Check a dependency that works: return without an error."""


async def broken() -> None:
    """Check a dependency that fails, with a reason that must stay private."""
    raise ConnectionError("postgresql://toy:hunter2@db")


async def silent() -> None:
    """Check a dependency that does not answer: never return."""
    await asyncio.Event().wait()


@asynccontextmanager
async def serving(**dependencies: Check) -> AsyncIterator[tuple[OpsServer, httpx.AsyncClient]]:
    listen = listening()
    server = OpsServer(listen, dependencies)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://{listen}") as client:
        yield server, client
    await server.close()


async def reported_states(client: httpx.AsyncClient) -> dict[str, str]:
    """Return the states of the dependencies that the process reports, once it has checked them."""

    async def looked() -> dict[str, str]:
        states: dict[str, str] = (await client.get("/readyz")).json()["dependencies"]
        return {} if "unknown" in states.values() else states

    return await wait_until(looked)


async def test_a_running_process_is_healthy_even_if_its_dependencies_are_broken() -> None:
    async with serving(database=broken) as (_, client):
        assert (await client.get("/healthz")).status_code == 200


async def test_a_process_is_ready_from_the_end_of_its_start_until_it_stops() -> None:
    async with serving() as (server, client):
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["reasons"]) == (503, {"process": "starting"})
        server.open()
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        server.drain()
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["reasons"]) == (503, {"process": "draining"})
        assert (await client.get("/healthz")).status_code == 200


async def test_a_process_that_can_serve_during_its_start_is_ready_at_once() -> None:
    listen = listening()
    server = OpsServer(listen, {}, serves_early=lambda: True)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://{listen}") as client:
        assert (await client.get("/readyz")).status_code == 200
        server.drain()
        assert (await client.get("/readyz")).status_code == 503
    await server.close()


async def test_an_unavailable_dependency_is_reported_and_does_not_affect_readiness() -> None:
    with capture_logs() as lines:
        async with serving(database=broken, bus=well) as (server, client):
            server.open()
            assert await reported_states(client) == {"database": "ConnectionError", "bus": "ok"}
            answer = await client.get("/readyz")
            assert answer.status_code == 200
            assert "hunter2" not in answer.text
            metrics = (await client.get("/metrics")).text
    assert 'smsblaster_dependency_up{dependency="database"} 0.0' in metrics
    assert 'smsblaster_dependency_up{dependency="bus"} 1.0' in metrics
    changes = [(x["dependency"], x["state"]) for x in lines if x["event"] == "dependency_changed"]
    assert changes == [("database", "ConnectionError")]


async def test_a_dependency_that_does_not_respond_does_not_delay_health_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dependencies, "_CHECK_SECONDS", 0.05)
    async with serving(database=silent, bus=silent) as (server, client):
        server.open()
        assert (await client.get("/readyz")).status_code == 200
        assert await reported_states(client) == {"database": "TimeoutError", "bus": "TimeoutError"}


async def test_metrics_are_served_for_prometheus() -> None:
    counter = Counter("ops_test_things", "Things")
    counter.inc(3)
    async with serving() as (_, client):
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "ops_test_things_total 3.0" in answer.text


async def test_a_request_without_an_answer_does_not_delay_the_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ops, "_CLOSE_SECONDS", 0.05)
    asked, listen = asyncio.Event(), listening()

    async def never() -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    server = OpsServer(listen, {}, read_metrics=never)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://{listen}", timeout=60) as client:
        scrape = asyncio.create_task(client.get("/metrics"))
        await asked.wait()
        async with asyncio.timeout(30):  # the library's own limit is a minute
            await server.close()
        with pytest.raises(httpx.TransportError):
            await scrape
