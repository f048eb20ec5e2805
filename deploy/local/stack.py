"""The whole platform as a library: servers, simulator and services, started and stopped as one.

with Stack(StackOptions(state_dir=folder)) as stack:
    stack.process("messaging").kill()
    stack.wait_ready("messaging")
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

import psycopg
from sqlalchemy import make_url

from deploy.local.assembly import Assembly, assemble
from deploy.local.caretaker import Caretaker
from deploy.local.leftovers import ProcessRecord
from deploy.local.nats import Nats
from deploy.local.options import StackOptions
from deploy.local.ports import require_free
from deploy.local.postgres import Postgres
from deploy.local.process import Process, Watcher
from deploy.local.readiness import wait_ready
from deploy.local.secrets import Secrets, ensure_jwt_key, load_secrets
from deploy.local.servers import in_parallel
from deploy.local.state import StateFolder
from deploy.local.topology import PARTS, SERVICES
from servicekit.migrations import upgrade

_READY_WITHIN = 120.0
_GIVE_UP_AFTER_DEATHS = 3
_PORTS_FREED_WITHIN = 5.0

_EDGES = frozenset(part.name for part in PARTS if part.http)


class StackError(RuntimeError):
    """The platform did not start. The message contains the failed part and the end of its log."""


class Stack:
    """One platform on this machine. Use it as a context manager, or call `start` and `stop`.

    `secrets`, the addresses and the processes exist after `start` was called.
    """

    def __init__(self, options: StackOptions) -> None:
        self._options = options
        self.state = StateFolder(options.state_dir.resolve())
        self._record = ProcessRecord(self.state.root / "processes.json")
        self._deaths: Counter[str] = Counter()
        self._held = ExitStack()
        self._looked_after = ExitStack()
        self._assembly: Assembly | None = None
        self._secrets: Secrets | None = None

    def __enter__(self) -> Self:
        """Start the platform. If that fails, stop the parts that were started."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the platform."""
        self.stop()

    @property
    def secrets(self) -> Secrets:
        """The generated secrets. Services use them unless the user gave others."""
        if self._secrets is None:
            raise StackError("the platform was not started")
        return self._secrets

    @property
    def gateway_url(self) -> str:
        """Base URL of the REST API and the console."""
        return self._parts.gateway_url

    @property
    def has_console(self) -> bool:
        """Whether the gateway serves the console, which was built before the start."""
        return (self._options.project / "console" / "dist" / "index.html").is_file()

    @property
    def webhooks_url(self) -> str:
        """Base URL of the webhooks, which the providers call."""
        return self._parts.webhooks_url

    @property
    def stream_url(self) -> str:
        """Address of the live stream."""
        return self._parts.stream_url

    @property
    def grpc_addresses(self) -> Mapping[str, str]:
        """The address of each process that serves gRPC, as `host:port`.

        A service's first process has the service's name.
        """
        return self._parts.grpc_addresses

    @property
    def metrics_urls(self) -> Mapping[str, str]:
        """The URL of each service process's metrics."""
        urls = self._parts.health_urls
        return {name: urls[name].replace("/readyz", "/metrics") for name in self._parts.services}

    @property
    def simulator_url(self) -> str | None:
        """Base URL of the simulator, or None if all providers are real."""
        return self._parts.simulator_url if self._parts.simulator else None

    @property
    def simulated(self) -> frozenset[str]:
        """The names of credentials whose providers are simulated, such as `TWILIO_AUTH_TOKEN`."""
        return self._parts.providers.simulated

    @property
    def database_urls(self) -> Mapping[str, str]:
        """The URL of each service's database, with the login of its own role."""
        return self._parts.servers.database_urls

    @property
    def superuser_url(self) -> str:
        """The superuser's URL of the database `postgres` in the embedded server."""
        return self.postgres.url()

    @property
    def nats_url(self) -> str:
        """The URL of the bus with the operator's login."""
        return self._parts.servers.nats_url

    @property
    def postgres(self) -> Postgres:
        """The embedded Postgres. Raises StackError if the user's servers are used instead."""
        if self._parts.servers.postgres is None:
            raise StackError(
                "this needs the embedded Postgres, but your own is used: "
                "every service has a DATABASE_URL"
            )
        return self._parts.servers.postgres

    @property
    def nats(self) -> Nats:
        """The embedded bus. Raises StackError if the user's server is used instead."""
        if self._parts.servers.nats is None:
            raise StackError(
                "this needs the embedded NATS, but your own is used: NATS_URL is given"
            )
        return self._parts.servers.nats

    @property
    def process_names(self) -> tuple[str, ...]:
        """The names of the service processes and, if there is one, of the simulator."""
        return tuple(self._parts.health_urls)

    def process(self, name: str) -> Process:
        """Return a process by name: `billing`, `sender-1`, `simulator`. Raises KeyError."""
        if name == "simulator" and self._parts.simulator is not None:
            return self._parts.simulator
        return self._parts.services[name]

    def start(self) -> None:
        """Start everything in the order of its dependencies, and return when all of it is healthy.

        Raises StackError, PostgresError, NatsError, PortTakenError or StateInUseError. After a
        failure, call `stop` to stop the parts that run.
        """
        self.start_servers()
        self.migrate()
        self.start_services()

    def start_servers(self) -> None:
        """Start Postgres, the bus and the simulator, the first step of `start`."""
        self._held.enter_context(self.state.lock())
        leftovers = self._record.stop_leftovers()
        if leftovers:
            self._say(f"stopped processes that an earlier run left behind: {', '.join(leftovers)}")
        self._secrets = load_secrets(self.state.root / "secrets.json", SERVICES)
        ensure_jwt_key(self.state.jwt_keys)
        watcher = Watcher(self._record.add, self._died, self._failed)
        self._assembly = assemble(self._options, self.state, self._secrets, watcher)
        # The workers of a killed web server end a moment after the server.
        self._require_ports(_PORTS_FREED_WITHIN if leftovers else 0)
        self._start_servers()

    def migrate(self) -> None:
        """Migrate every database to the newest version, one after the other, in this process."""
        for service, url in self._parts.servers.migration_urls.items():
            try:
                upgrade(service, url, make_url(self.database_urls[service]).username)
            except psycopg.OperationalError as error:
                raise StackError(f"the database of {service} can't be used: {error}") from error
        self._say("databases are up to date")

    def start_services(self, *names: str) -> None:
        """Start the named services, or all, and return when they are ready: the end of `start`."""
        self._keep_settings()
        self._say("starting the services")
        services = names or tuple(self._parts.services)
        in_parallel([self._parts.services[name].start for name in services])
        self.wait_ready(*names)
        caretaker = Caretaker(self._record, self._parts.servers.nats, self._say)
        caretaker.start()
        self._looked_after.callback(caretaker.stop)

    def stop(self) -> None:
        """Stop web servers, services, simulator, bus and Postgres, in this order."""
        self._looked_after.close()
        if self._assembly is not None:
            services = self._assembly.services
            in_parallel([services[name].stop for name in services if name in _EDGES])
            in_parallel([services[name].stop for name in services if name not in _EDGES])
            if self._assembly.simulator is not None:
                self._assembly.simulator.stop()
            self._assembly.forks.close()
            self._assembly.servers.stop()
            self._record.clear()
            self.state.forget_settings()
        self._assembly = None
        self._held.close()

    def wait_ready(self, *names: str, timeout: float = _READY_WITHIN) -> None:
        """Wait until the named processes are ready, or all processes if no name is given.

        Raises StackError with the end of a log after `timeout` seconds, or sooner if a process
        keeps dying.
        """
        self._deaths.clear()
        urls = {name: self._parts.health_urls[name] for name in names or self.process_names}
        failed = wait_ready(
            urls,
            timeout,
            on_ready=lambda name: self._say(f"{name} is ready"),
            is_hopeless=lambda name: self._deaths[name] >= _GIVE_UP_AFTER_DEATHS,
        )
        if failed:
            raise StackError("\n\n".join(map(self._failure, failed, failed.values())))

    @property
    def _parts(self) -> Assembly:
        if self._assembly is None:
            raise StackError("the platform was not started")
        return self._assembly

    def _require_ports(self, patience: float) -> None:
        for setting, port in self._options.chosen_ports.items():
            if setting != "SIMULATOR_PORT" or self._parts.simulator is not None:
                require_free(port, setting, patience)

    def _start_servers(self) -> None:
        simulator = self._parts.simulator
        self._say("starting Postgres and NATS")
        in_parallel([self._parts.servers.start, *([simulator.start] if simulator else [])])
        self._say("Postgres and NATS are ready")
        postgres = self._parts.servers.postgres
        if postgres and not postgres.data_folder.is_relative_to(self.state.root):
            self._say(
                f"Postgres's OS user can't enter {self.state.root}; its data is in "
                f"{postgres.data_folder}"
            )

    def _keep_settings(self) -> None:
        """Save the settings that `exec` and `psql` need."""
        environments = {name: p.command.env for name, p in self._parts.services.items()}
        embedded = self._parts.servers.postgres
        with suppress(OSError):  # on a full disk these commands do not work, but the platform does
            self.state.keep_settings(
                {**environments, "postgres": {"url": embedded.url()} if embedded else {}}
            )

    def _failure(self, name: str, answer: str) -> str:
        process = self.process(name)
        return (
            f"{name} did not become ready ({answer.strip()}); the end of "
            f"{process.command.log_file}:\n{process.log_tail()}"
        )

    def _say(self, line: str) -> None:
        with suppress(OSError):  # the report may be a file on a full disk
            self._options.report(line)

    def _died(self, name: str, exit_code: int) -> None:
        self._deaths[name] += 1
        self._say(f"{name} ended with exit code {exit_code}; restarting it")

    def _failed(self, name: str, error: OSError) -> None:
        self._say(f"{name} can't be started now ({error}); trying again")
