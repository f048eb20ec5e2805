"""gunicorn with its threaded worker, configured by our settings alone, for the two HTTP edges."""

import asyncio
import fcntl
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gunicorn.app.base import BaseApplication
from pydantic import Field

from servicekit.process import spare_what_stays
from servicekit.settings import HOST_PORT, ServiceSettings
from servicekit.web_worker import ProblemWorker

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_KEEP_ALIVE_SECONDS = 75
_LEAD_POLL_SECONDS = 1.0
# gunicorn's most: a search beyond Latin is three times as long in an address as in UTF-8.
_ADDRESS_LIMIT_BYTES = 8190


class EdgeSettings(ServiceSettings):
    """What a service that serves HTTP to the public needs to know besides."""

    http_listen: str = Field(pattern=HOST_PORT, description="host:port of the public HTTP server")
    web_workers: int = Field(default=1, ge=1, le=64, description="Worker processes")
    web_threads: int = Field(default=16, ge=1, le=256, description="Threads in each worker")


class WebWorker(Protocol):
    """What one worker process serves. It is made in that process, after the fork."""

    @property
    def app(self) -> "WSGIApplication":
        """The application."""
        ...

    def close(self) -> None:
        """Finish what is under way and close everything."""
        ...


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """A web server with the workers that ``make_worker`` makes.

    ``make_worker`` gets the path of a lock file that the workers share (:func:`leading`).
    ``run`` serves until SIGTERM and exits the process.
    """

    def __init__(self, settings: EdgeSettings, make_worker: Callable[[Path], WebWorker]) -> None:
        self._settings = settings
        self._make_worker = make_worker
        self._folder = Path(tempfile.mkdtemp(prefix="smsblaster-web-"))
        self._worker: WebWorker | None = None
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn what our settings say."""
        options: dict[str, Any] = {
            "bind": self._settings.http_listen,
            "worker_class": ProblemWorker,
            "workers": self._settings.web_workers,
            "threads": self._settings.web_threads,
            "graceful_timeout": int(self._settings.grace_seconds),
            "keepalive": _KEEP_ALIVE_SECONDS,
            "limit_request_line": _ADDRESS_LIMIT_BYTES,
            "loglevel": "warning",
            "control_socket_disable": True,
            "worker_exit": self._close_worker,
            "on_exit": self._remove_folder,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> "WSGIApplication":
        """The application, made in the worker, after the fork."""
        self._worker = self._make_worker(self._folder / "lead.lock")
        spare_what_stays()
        return self._worker.app

    def _close_worker(self, _server: object, _worker: object) -> None:
        if self._worker is not None:
            self._worker.close()

    def _remove_folder(self, _server: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


@asynccontextmanager
async def leading(lock_file: Path) -> AsyncIterator[None]:
    """Wait to be the one of the workers that share ``lock_file``, and be it within the block.

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
