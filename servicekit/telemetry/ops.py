"""Health and metrics over HTTP, for probes and Prometheus; not for the public."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[None]]
"""Raises what is wrong; returns where all is well."""


_CHECK_SECONDS = 5.0


class OpsServer:
    """Serves ``/healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(self, listen: str, checks: Mapping[str, Check]) -> None:
        self._host, _, port = listen.rpartition(":")
        self._port = int(port)
        self._checks = checks
        self._draining = False
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host or None, self._port).start()

    def drain(self) -> None:
        """Tell probes from now on that this process takes no new work."""
        self._draining = True

    async def close(self) -> None:
        """Stop listening."""
        if self._runner:
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, _: web.Request) -> web.Response:
        reasons = {"process": "draining"} if self._draining else await self._failing()
        status = {"status": "unavailable", "reasons": reasons} if reasons else {"status": "ok"}
        return web.json_response(status, status=503 if reasons else 200)

    async def _failing(self) -> dict[str, str]:
        wrong = await asyncio.gather(*(_wrong_with(check) for check in self._checks.values()))
        return {name: reason for name, reason in zip(self._checks, wrong, strict=True) if reason}

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _wrong_with(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the answer)
        return type(error).__name__
    return ""
