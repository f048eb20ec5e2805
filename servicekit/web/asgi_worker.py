"""Run uvicorn as a worker of gunicorn: one event loop serves an ASGI application."""

import asyncio
import select
import socket
import sys
from typing import Any, ClassVar

from gunicorn.arbiter import Arbiter
from uvicorn.server import Server
from uvicorn_worker import UvicornWorker

from servicekit.web.http_protocol import Protocol, paced
from servicekit.web.pace import Pace

# How long a stopping server still accepts clients that are already in the kernel's queue.
_LAST_CALL_SECONDS = 2.0
_POLL_SECONDS = 0.01


class _Server(Server):
    """A uvicorn server that serves the clients in the kernel's queue before it stops."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more clients, and finish the current requests."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _LAST_CALL_SECONDS
        await asyncio.sleep(_POLL_SECONDS)
        while _is_called_upon(sockets or []) and loop.time() < until:  # noqa: ASYNC110 (nothing tells)
            await asyncio.sleep(_POLL_SECONDS)
        await super().shutdown(sockets)


def _is_called_upon(sockets: list[socket.socket]) -> bool:
    """Tell whether clients in the kernel's queue wait for this server to accept them."""
    return bool(select.select(sockets, [], [], 0)[0])


class AsgiWorker(UvicornWorker):  # type: ignore[misc]  # uvicorn-worker has no types
    """A worker process of gunicorn. ASGI's lifespan events start and end the application."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "uvloop",
        "http": Protocol,
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
    }

    async def _serve(self) -> None:
        self.config.app = self.wsgi
        server = _Server(self.config)
        self._install_sigquit_handler()
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)


def worker_class(pace: Pace, grace_seconds: float, most_connections: int) -> type[AsgiWorker]:
    """Return a worker class.

    Its workers take at most ``most_connections`` clients, and hang up on clients that are slower
    than ``pace``. When a worker is told to stop, its current requests get half of ``grace_seconds``
    to finish. The rest is for ending the application.
    """
    own = {
        "http": paced(pace, most_connections),
        "timeout_graceful_shutdown": max(1, int(grace_seconds / 2)),
    }
    return type("Worker", (AsgiWorker,), {"CONFIG_KWARGS": AsgiWorker.CONFIG_KWARGS | own})
