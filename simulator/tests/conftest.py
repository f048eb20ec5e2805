"""Run a simulator in a process of its own, and receive its webhooks in this process."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

MASTER_SID = "AC" + "1" * 32
MASTER_TOKEN = "master-token"
STRIPE_KEY = "sk_test_live_simulator"
STRIPE_SECRET = "whsec_live_simulator"
POSTMARK_TOKEN = "postmark-token"
DEADLINE_S = 10.0
_STARTS_WITHIN_S = 60.0  # generous, for a busy machine


async def eventually(probe: Callable[[], Awaitable[Any]], deadline_s: float = DEADLINE_S) -> Any:
    """Call `probe` until its result is true, and return that result. Fail after the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        found = await probe()
        if found:
            return found
        assert time.monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Webhook:
    """A webhook as it was received."""

    path: str
    url: str
    form: dict[str, str]
    body: bytes
    headers: dict[str, str]


@dataclass
class Receiver:
    """Receives webhooks. `answers` maps paths to responses (status, body, content type)."""

    port: int
    seen: list[Webhook] = field(default_factory=list)
    answers: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Webhook]:
        return [webhook for webhook in self.seen if webhook.path == path]

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        form = {key: str(value) for key, value in (await request.post()).items()}
        url = f"http://127.0.0.1:{self.port}{request.raw_path}"
        self.seen.append(Webhook(request.path, url, form, body, dict(request.headers)))
        planned = self.answers.get(request.path)
        status, text, kind = planned.pop(0) if planned else (204, "", "text/plain")
        return web.Response(status=status, text=text, content_type=kind)


class LiveSimulator:
    """A simulator process and an HTTP client for its control API."""

    def __init__(self, state_dir: Path, stripe_webhook_url: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._env = {
            **os.environ,
            "SIMULATOR_PORT": str(self.port),
            "SIMULATOR_STATE_DIR": str(state_dir),
            "SIMULATOR_QUEUED_DELAY_MS": "[5, 10]",
            "SIMULATOR_SENT_DELAY_MS": "[5, 10]",
            "SIMULATOR_FINAL_DELAY_MS": "[5, 20]",
            "SIMULATOR_STRIPE_RETRY_BASE_MS": "20",
            "TWILIO_ACCOUNT_SID": MASTER_SID,
            "TWILIO_AUTH_TOKEN": MASTER_TOKEN,
            "STRIPE_SECRET_KEY": STRIPE_KEY,
            "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
            "STRIPE_WEBHOOK_URL": stripe_webhook_url,
            "POSTMARK_SERVER_TOKEN": POSTMARK_TOKEN,
        }

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "simulator", env=self._env
        )
        self.http = aiohttp.ClientSession(self.url)
        await eventually(self._is_healthy, _STARTS_WITHIN_S)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self._process.send_signal(how)
        await self._process.wait()
        await self.http.close()

    async def get(self, path: str, **query: str) -> Any:
        async with self.http.get(path, params=query) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        async with self.http.post(path, json=body or {}) as response:
            assert response.status in (200, 201), await response.text()
            return await response.json()

    async def delete(self, path: str) -> None:
        async with self.http.delete(path) as response:
            assert response.status == 200

    async def quiet(self) -> None:
        """Wait until no message is in progress and no webhook is waiting."""

        async def is_quiet() -> bool:
            health = await self.get("/sim/health")
            return not health["callbacks_pending"] and not health["messages_in_flight"]

        await eventually(is_quiet)

    async def _is_healthy(self) -> bool:
        with contextlib.suppress(aiohttp.ClientError):
            await self.get("/sim/health")
            return True
        return False


@pytest.fixture(scope="session")
async def receiver_server() -> AsyncIterator[Receiver]:
    receiver = Receiver(free_port())
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", receiver.port).start()
    yield receiver
    await runner.cleanup()


@pytest.fixture(scope="session")
async def live(
    receiver_server: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LiveSimulator]:
    simulator = LiveSimulator(tmp_path_factory.mktemp("simulator"), receiver_server.url("/stripe"))
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def receiver(receiver_server: Receiver) -> Receiver:
    receiver_server.seen.clear()
    receiver_server.answers.clear()
    return receiver_server


@pytest.fixture
async def sim(live: LiveSimulator) -> AsyncIterator[LiveSimulator]:
    """Return the running simulator after a reset, without faults."""
    before = await live.get("/sim/behaviour")
    await live.post("/sim/reset")
    yield live
    await live.delete("/sim/faults")
    await live.post("/sim/behaviour", before)
