"""A cluster of three nats-servers, which replicate their streams."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import LOOPBACK, free_port

_NAMES = ("one", "two", "three")
_CONFIG = """
host: "{host}"
port: {port}
server_name: "{name}"
jetstream {{ store_dir: "{store}" }}
cluster {{
  name: "tests"
  host: "{host}"
  port: {own_route}
  routes: [{routes}]
}}
"""


@dataclass(frozen=True)
class Cluster:
    """Running servers by name, and one URL that contains the addresses of all of them."""

    servers: Mapping[str, "subprocess.Popen[bytes]"]
    url: str

    def kill(self, name: str) -> None:
        """Kill the server ``name``."""
        self.servers[name].kill()
        self.servers[name].wait()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Run a cluster until the ``with`` block ends."""
    ports = {name: free_port() for name in _NAMES}
    routes = {name: free_port() for name in _NAMES}
    all_routes = ", ".join(f'"nats://{LOOPBACK}:{port}"' for port in routes.values())
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in _NAMES:
            config = folder / f"{name}.conf"
            config.write_text(
                _CONFIG.format(
                    host=LOOPBACK,
                    port=ports[name],
                    name=name,
                    store=folder / name,
                    own_route=routes[name],
                    routes=all_routes,
                )
            )
            with (folder / f"{name}.log").open("wb") as log:
                started[name] = subprocess.Popen(  # noqa: S603 (our own nats-server)
                    [str(Path(sys.executable).parent / "nats-server"), "--config", str(config)],
                    stdout=log,
                    stderr=log,
                )
        yield Cluster(started, ",".join(f"nats://{LOOPBACK}:{port}" for port in ports.values()))
    finally:
        for server in started.values():
            server.kill()
            server.wait()
