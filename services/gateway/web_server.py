"""gunicorn with its threaded worker, configured by our settings alone."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from services.gateway.app import Worker
from services.gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from flask import Flask

_KEEP_ALIVE_SECONDS = 75


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """The gateway's web server. ``run`` returns when it has been told to stop and is done."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._lead_lock = Path(tempfile.mkdtemp(prefix="gateway-")) / "lead.lock"
        self._worker: Worker | None = None
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn what our settings say."""
        options: dict[str, Any] = {
            "bind": self._settings.http_listen,
            "worker_class": "gthread",
            "workers": self._settings.web_workers,
            "threads": self._settings.web_threads,
            "graceful_timeout": int(self._settings.grace_seconds),
            "keepalive": _KEEP_ALIVE_SECONDS,
            "loglevel": "warning",
            "control_socket_disable": True,
            "worker_exit": self._close_worker,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> "Flask":
        """The application, made in the worker, after the fork."""
        self._worker = Worker(self._settings, self._lead_lock)
        return self._worker.app

    def _close_worker(self, server: object, worker: object) -> None:
        if self._worker is not None:
            self._worker.close()
