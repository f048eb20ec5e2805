"""Health and metrics over HTTP, for probes and Prometheus; not for the public.

Readiness says whether this process can be given work. Readiness does not depend on the database and
the bus: all replicas share them, so in an outage no replica would be ready to answer. Their state
is shown in the same answer, in a metric and in the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from servicekit.process import background, finish
from servicekit.telemetry import loop_lag
from servicekit.telemetry.dependencies import Check, Dependencies
from servicekit.telemetry.exposition import own_metrics, with_old_names

_CLOSE_SECONDS = 2.0
"""Seconds to wait, when the process stops, for requests that are still being answered."""


class OpsServer:
    """Serves ``/healthz``, ``/readyz`` and ``/metrics``.

    A process is ready from :meth:`open` to :meth:`drain`, and before that if it ``serves_early``.
    ``read_metrics`` returns the metrics of all web workers, if the process has several.
    """

    def __init__(
        self,
        listen: str,
        dependencies: Mapping[str, Check],
        serves_early: Callable[[], bool] = lambda: False,
        read_metrics: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        self._host, _, port = listen.rpartition(":")
        self._port = int(port)
        self._dependencies = Dependencies(dependencies)
        self._serves_early = serves_early
        self._read_metrics = read_metrics
        self._phase = "starting"
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen, and watch the dependencies of the process."""
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host or None, self._port).start()
        self._watching = [background(self._dependencies.watch(), "dependencies")]
        if self._read_metrics is None:  # otherwise each worker watches its own loop
            self._watching.append(background(loop_lag.watch(), "loop lag"))

    def open(self) -> None:
        """Report on ``/readyz`` from now on that this process takes work."""
        self._phase = "ready"

    def drain(self) -> None:
        """Report on ``/readyz`` from now on that this process takes no new work."""
        self._phase = "draining"

    async def close(self) -> None:
        """Stop listening."""
        if self._runner:
            for task in self._watching:
                await finish(task, 1)
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readyz(self, _: web.Request) -> web.Response:
        told: dict[str, object] = {"dependencies": self._dependencies.states}
        starting = self._phase == "starting" and not self._serves_early()
        if starting or self._phase == "draining":
            reasons = {"process": self._phase}
            told |= {"status": "unavailable", "reasons": reasons}
            return web.json_response(told, status=503)
        return web.json_response({"status": "ok"} | told)

    async def _metrics(self, _: web.Request) -> web.Response:
        text = await self._read_metrics() if self._read_metrics else own_metrics()
        # In a web worker, this loop also serves requests.
        body = await asyncio.to_thread(with_old_names, text)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
