"""Create the processes of one platform from its options, with their addresses and settings."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import topology
from deploy.local.forks import Forks
from deploy.local.options import StackOptions
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.process import Command, Process, Watcher
from deploy.local.providers import Providers, choose_providers, simulator_settings
from deploy.local.secrets import Secrets
from deploy.local.servers import ServerOptions, Servers, choose_servers
from deploy.local.state import StateFolder
from deploy.local.topology import Addresses, Part, Wiring
from servicekit.service_keys import public_key_of

# Seconds that a process has after SIGTERM to finish its work, before it is killed.
_GRACE = 5
_KILLED_AFTER = 7.0

_POOL_SIZE = 8
# A process has a few more connections than its pool: for locks of jobs, listeners and migrations.
_CONNECTIONS_BESIDE_POOL = 3
_SPARE_CONNECTIONS = 30

_COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT"


@dataclass(frozen=True, slots=True)
class Assembly:
    """The parts of one platform, not started yet."""

    servers: Servers
    simulator: Process | None
    services: Mapping[str, Process]
    forks: Forks
    health_urls: Mapping[str, str]
    grpc_addresses: Mapping[str, str]
    gateway_url: str
    webhooks_url: str
    stream_url: str
    simulator_url: str
    providers: Providers


@dataclass(frozen=True, slots=True)
class _Place:
    """The folders, secrets and options for assembling a platform."""

    options: StackOptions
    state: StateFolder
    secrets: Secrets
    watcher: Watcher
    forks: Forks


def assemble(
    options: StackOptions, state: StateFolder, secrets: Secrets, watcher: Watcher
) -> Assembly:
    """Create every process of the platform, without starting any."""
    forks = Forks({**_interpreter(options.project), **_tracing(options)}, options.project)
    place = _Place(options, state, secrets, watcher, forks)
    processes = topology.instances(options.senders, options.replicas)
    addresses = _addresses(processes, options)
    webhooks_url = f"http://{addresses.http['webhooks']}"
    simulator_port = options.simulator_port or free_port()
    simulator_url = f"http://{LOOPBACK}:{simulator_port}"
    providers = choose_providers(options.given, secrets, simulator_url)
    servers = choose_servers(state, secrets, _server_options(options, len(processes)), watcher)
    shared = _shared_settings(place, addresses, providers)
    wiring = _wiring(place, addresses, servers, shared)
    services = {name: _service(name, part, wiring, place) for name, part in processes.items()}
    health_urls = {name: f"http://{ops}/readyz" for name, ops in addresses.ops.items()}
    simulator = None
    if providers.simulated:
        health_urls["simulator"] = f"{simulator_url}/sim/health"
        simulator = _simulator(simulator_port, webhooks_url, place)
    return Assembly(
        servers=servers,
        simulator=simulator,
        services=services,
        forks=forks,
        health_urls=health_urls,
        grpc_addresses=addresses.grpc,
        gateway_url=f"http://{addresses.http['gateway']}",
        webhooks_url=webhooks_url,
        stream_url=_stream_url(addresses),
        simulator_url=simulator_url,
        providers=providers,
    )


def _wiring(
    place: _Place, addresses: Addresses, servers: Servers, shared: Mapping[str, str]
) -> Wiring:
    return Wiring(
        addresses=addresses,
        database_urls=servers.database_urls,
        nats_urls=servers.nats_urls,
        signing_keys=place.secrets.signing_keys,
        common=_common_settings(place),
        shared=shared,
        overrides=place.options.overrides,
    )


def _addresses(processes: Mapping[str, Part], options: StackOptions) -> Addresses:
    http = {
        "gateway": options.port,
        "webhooks": options.webhooks_port,
        "stream": options.stream_port,
    }
    return Addresses(
        grpc={name: _address() for name, part in processes.items() if part.grpc},
        http={name: _address(port) for name, port in http.items()},
        ops={name: _address() for name in processes},
    )


def _stream_url(addresses: Addresses) -> str:
    return f"http://{addresses.http['stream']}/api/stream"


def _address(port: int | None = None) -> str:
    return f"{LOOPBACK}:{port or free_port()}"


def _server_options(options: StackOptions, processes: int) -> ServerOptions:
    pool = int(options.settings.get("POOL_SIZE") or options.given.get("POOL_SIZE") or _POOL_SIZE)
    workers = int(options.given.get("WEB_WORKERS") or 1)
    pools = processes + 2 * (workers - 1)
    needed = pools * (pool + _CONNECTIONS_BESIDE_POOL) + _SPARE_CONNECTIONS
    return ServerOptions(options.given, needed, options.durable)


def _interpreter(project: Path) -> dict[str, str]:
    """Return the environment variables that every Python process gets."""
    # Without its compiled bytecode a service takes three times as long to start.
    managed = topology.managed_settings() | {"PYTHONDONTWRITEBYTECODE"}
    inherited = {key: value for key, value in os.environ.items() if key not in managed}
    return {**inherited, "PYTHONPATH": _python_path(project), "PYTHONUNBUFFERED": "1"}


def _tracing(options: StackOptions) -> dict[str, str]:
    """Return the setting by which the process that forks knows that traces will be recorded."""
    endpoint = options.settings.get(_COLLECTOR)
    return {_COLLECTOR: endpoint} if endpoint else {}


def _common_settings(place: _Place) -> dict[str, str]:
    """Return the settings that every service process gets."""
    given = place.options.given
    return {
        **_interpreter(place.options.project),
        "INTERNAL_TOKEN_KEY": given.get("INTERNAL_TOKEN_KEY") or place.secrets.internal_token_key,
        "INTERNAL_PUBLIC_KEYS": _public_keys(place.secrets),
        "INTERNAL_SHARED_TOKENS": "off",
        "GRACE_SECONDS": str(_GRACE),
        **place.options.settings,
    }


def _public_keys(secrets: Secrets) -> str:
    keys = secrets.signing_keys.items()
    return ",".join(f"{service}:{public_key_of(key)}" for service, key in keys)


def _shared_settings(place: _Place, addresses: Addresses, providers: Providers) -> dict[str, str]:
    """Return the settings that only some services get. Values given by the user replace ours."""
    made = {
        "KEYRING": place.secrets.keyring,
        "JWT_KEYS_DIR": str(place.state.jwt_keys.resolve()),
        "EXPORT_DIR": str((place.state.root / "exports").resolve()),
        "ARCHIVE_DIR": str((place.state.root / "archive").resolve()),
        "PUBLIC_APP_URL": f"http://{addresses.http['gateway']}",
        "PUBLIC_STREAM_URL": _stream_url(addresses),
        "PUBLIC_WEBHOOKS_URL": f"http://{addresses.http['webhooks']}",
    }
    # The demo's operators sign in without an app.
    made["OPERATOR_SECOND_FACTOR"] = "off"
    # Customers' servers run on this computer.
    made["ENDPOINTS_ON_LOOPBACK"] = "on"
    names = (*made, "CORS_ORIGINS")
    given = {name: place.options.given[name] for name in names if place.options.given.get(name)}
    return {**made, **given, **providers.settings}


def _service(name: str, part: Part, wiring: Wiring, place: _Place) -> Process:
    command = Command(
        name=name,
        argv=(sys.executable, "-m", f"services.{part.service}", part.command),
        log_file=place.state.log_file(name),
        env=topology.environment(name, part, wiring),
        cwd=place.options.project,
        grace=_KILLED_AFTER,
        forks=place.forks,
    )
    return Process(command, place.watcher)


def _simulator(port: int, webhooks_url: str, place: _Place) -> Process:
    folder = (place.state.root / "simulator").resolve()
    own = simulator_settings(place.secrets, port, folder, webhooks_url)
    command = Command(
        name="simulator",
        argv=(sys.executable, "-m", "simulator"),
        log_file=place.state.log_file("simulator"),
        env={**_interpreter(place.options.project), **own},
        cwd=place.options.project,
        grace=_KILLED_AFTER,
    )
    return Process(command, place.watcher)


def _python_path(project: Path) -> str:
    """Return the PYTHONPATH: the checkout, its generated contract, and the current path."""
    ours = [str(project), str(project / "gen")]
    return os.pathsep.join([*ours, *filter(None, [os.environ.get("PYTHONPATH")])])
