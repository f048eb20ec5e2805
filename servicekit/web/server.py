"""Run gunicorn, configured by our settings alone, for the gateway and the webhook service."""

import asyncio
import fcntl
import os
import resource
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from gunicorn.app.base import BaseApplication
from pydantic import Field

from servicekit.process import ONLY_OURS, freeze_gc, stop_with_parent
from servicekit.settings import HOST_PORT, ServiceSettings
from servicekit.web.asgi import Application
from servicekit.web.asgi_worker import worker_class
from servicekit.web.http_protocol import MOST_CONNECTIONS
from servicekit.web.pace import Pace

_KEEP_ALIVE_SECONDS = 75
_LEAD_POLL_SECONDS = 1.0
# Connections to servers, modules, logs, and threads' own files.
_OTHER_FILES = 256


class EdgeSettings(ServiceSettings):
    """Further settings of a service that serves HTTP to the public."""

    http_listen: str = Field(pattern=HOST_PORT, description="host:port of the public HTTP server")
    web_workers: int = Field(default=1, ge=1, le=64, description="Worker processes")
    slow_client_seconds: float = Field(
        default=15.0,
        gt=0,
        le=300,
        description="Seconds in which a client must send the head of a request. For a body or an"
        " answer it has as many seconds more than SLOW_CLIENT_RATE allows",
    )
    slow_client_rate: int = Field(
        default=4096,
        ge=1,
        description="Bytes a second at which a client must send bodies and take answers",
    )

    def pace(self) -> Pace:
        """Return the minimum pace of clients."""
        return Pace(self.slow_client_seconds, self.slow_client_rate)


class AsgiServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Serves ASGI applications, each worker process on one event loop.

    ``make`` gets the path of a lock file that the workers share (:func:`leading`), and returns the
    application. Each worker holds at most ``most_connections``. ``run`` serves until SIGTERM and
    then ends the process.
    """

    def __init__(
        self,
        settings: EdgeSettings,
        make: Callable[[Path], Application],
        most_connections: int = MOST_CONNECTIONS,
    ) -> None:
        os.umask(ONLY_OURS)
        _allow_files(most_connections + _OTHER_FILES)
        self._settings = settings
        self._make = make
        self._most_connections = most_connections
        self._folder = Path(tempfile.mkdtemp(prefix="smsblaster-web-"))
        self._pid = os.getpid()
        super().__init__()

    def load_config(self) -> None:
        """Configure gunicorn only by our settings."""
        options = {
            "bind": self._settings.http_listen,
            "workers": self._settings.web_workers,
            "worker_class": worker_class(
                self._settings.pace(), self._settings.grace_seconds, self._most_connections
            ),
            "graceful_timeout": int(self._settings.grace_seconds),
            "keepalive": _KEEP_ALIVE_SECONDS,
            "loglevel": "warning",
            "control_socket_disable": True,
            "umask": ONLY_OURS,
            "on_exit": self._remove_folder,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        """Create the application in the worker, after the fork."""
        stop_with_parent(self._pid)
        application = self._make(self._folder / "lead.lock")
        freeze_gc()
        return application

    def _remove_folder(self, _server: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _allow_files(number: int) -> None:
    """Let this process open ``number`` files at a time, or as many as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < number:
        most = number if hard == resource.RLIM_INFINITY else min(number, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


@asynccontextmanager
async def leading(lock_file: Path) -> AsyncIterator[None]:
    """Wait for the lock ``lock_file`` that the workers share.

    Hold it until the ``with`` block ends.

    The kernel frees the lock when its holder dies, so another worker takes over.
    """
    with lock_file.open("w") as lock:
        while not _try_lock(lock.fileno()):  # noqa: ASYNC110 (nothing tells of a freed file lock)
            await asyncio.sleep(_LEAD_POLL_SECONDS)
        yield


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
