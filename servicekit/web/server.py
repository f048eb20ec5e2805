"""gunicorn, configured by our settings alone, for the two HTTP edges."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gunicorn.app.base import BaseApplication
from pydantic import Field

from servicekit.process import ONLY_OURS, spare_what_stays
from servicekit.settings import HOST_PORT, ServiceSettings
from servicekit.web.asgi import Application
from servicekit.web.asgi_worker import AsgiWorker
from servicekit.web.bad_http import ADDRESS_BYTES, HEADER_BYTES, HEADER_FIELDS
from servicekit.web.threaded_worker import ThreadedWorker

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_KEEP_ALIVE_SECONDS = 75
_LEAD_POLL_SECONDS = 1.0


class EdgeSettings(ServiceSettings):
    """What a service that serves HTTP to the public needs to know besides."""

    http_listen: str = Field(pattern=HOST_PORT, description="host:port of the public HTTP server")
    web_workers: int = Field(default=1, ge=1, le=64, description="Worker processes")


class _WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with our settings; ``run`` serves until SIGTERM and exits the process.

    ``options`` are gunicorn's, beside those that both kinds of worker have.
    """

    def __init__(self, settings: EdgeSettings, **options: Any) -> None:
        os.umask(ONLY_OURS)
        self._settings = settings
        self._options = options
        self._folder = Path(tempfile.mkdtemp(prefix="smsblaster-web-"))
        self.lead_lock = self._folder / "lead.lock"
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn what our settings say."""
        options: dict[str, Any] = {
            "bind": self._settings.http_listen,
            "workers": self._settings.web_workers,
            "graceful_timeout": int(self._settings.grace_seconds),
            "keepalive": _KEEP_ALIVE_SECONDS,
            "limit_request_line": ADDRESS_BYTES,
            "limit_request_fields": HEADER_FIELDS,
            "limit_request_field_size": HEADER_BYTES,
            "loglevel": "warning",
            "control_socket_disable": True,
            "umask": ONLY_OURS,
            "on_exit": self._remove_folder,
        }
        for name, value in (options | self._options).items():
            self.cfg.set(name, value)

    def _remove_folder(self, _server: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class ThreadedWork(Protocol):
    """What one worker process serves with threads. It is made in that process, after the fork."""

    @property
    def app(self) -> "WSGIApplication":
        """The application."""
        ...

    def close(self) -> None:
        """Finish what is under way and close everything."""
        ...


class ThreadedServer(_WebServer):
    """Serves WSGI applications, ``threads`` requests at a time in each worker process.

    ``make`` gets the path of a lock file that the workers share (:func:`leading`).
    """

    def __init__(
        self, settings: EdgeSettings, threads: int, make: Callable[[Path], ThreadedWork]
    ) -> None:
        self._make = make
        self._work: ThreadedWork | None = None
        super().__init__(
            settings, worker_class=ThreadedWorker, threads=threads, worker_exit=self._close
        )

    def load(self) -> "WSGIApplication":
        """The application, made in the worker, after the fork."""
        self._work = self._make(self.lead_lock)
        spare_what_stays()
        return self._work.app

    def _close(self, _server: object, _worker: object) -> None:
        if self._work is not None:
            self._work.close()


class AsgiServer(_WebServer):
    """Serves ASGI applications, each worker process on one event loop.

    ``make`` gets the path of a lock file that the workers share (:func:`leading`).
    """

    def __init__(self, settings: EdgeSettings, make: Callable[[Path], Application]) -> None:
        self._make = make
        super().__init__(settings, worker_class=AsgiWorker)

    def load(self) -> Application:
        """The application, made in the worker, after the fork."""
        application = self._make(self.lead_lock)
        spare_what_stays()
        return application


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
