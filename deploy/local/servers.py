"""Postgres and NATS of one platform: embedded servers, or servers that the user gives by URL."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from deploy.local.nats import Nats, NatsOptions
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import (
    OWNER,
    Postgres,
    PostgresOptions,
    create_database,
    create_role,
    hand_over,
)
from deploy.local.process import Watcher
from deploy.local.secrets import Secrets
from deploy.local.state import StateFolder
from deploy.local.topology import PARTS, SERVICES


@dataclass(frozen=True, slots=True)
class Servers:
    """The Postgres and the NATS server that the services use.

    An embedded server is None if the user gave the URL of another one. `migration_urls` have the
    role that owns the tables.
    """

    postgres: Postgres | None
    nats: Nats | None
    database_urls: Mapping[str, str]
    migration_urls: Mapping[str, str]
    nats_url: str
    nats_urls: Mapping[str, str]
    embedded_databases: Mapping[str, str]
    owner_password: str

    def start(self) -> None:
        """Start the embedded servers, and create missing roles and databases."""
        starts = [server.start for server in (self.postgres, self.nats) if server is not None]
        in_parallel(starts)
        if self.postgres is not None:
            superuser_url = self.postgres.url()
            create_role(superuser_url, OWNER, self.owner_password)
            for service, password in self.embedded_databases.items():
                create_role(superuser_url, service, password)
                create_database(superuser_url, service, owner=OWNER)
                hand_over(superuser_url, service, role=service)

    def stop(self) -> None:
        """Stop the embedded servers, the bus first."""
        if self.nats is not None:
            self.nats.stop()
        if self.postgres is not None:
            self.postgres.stop()


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The options of the embedded servers. `given` is the user's environment."""

    given: Mapping[str, str]
    max_connections: int
    durable: bool


def choose_servers(
    state: StateFolder, secrets: Secrets, options: ServerOptions, watcher: Watcher
) -> Servers:
    """Use the servers in `DATABASE_URL_<SERVICE>` and `NATS_URL`, and otherwise embedded servers.

    `NATS_URL_<PROCESS>` is the address of the bus with the login of one process.
    """
    given_urls = {
        service: options.given[f"DATABASE_URL_{service.upper()}"]
        for service in SERVICES
        if options.given.get(f"DATABASE_URL_{service.upper()}")
    }
    embedded = {
        service: secrets.database_passwords[service]
        for service in SERVICES
        if service not in given_urls
    }
    port = state.port("postgres") if embedded else 0
    given_nats = options.given.get("NATS_URL")
    nats = None if given_nats else _nats(state, secrets, options, watcher)
    nats_url = given_nats or (nats.url if nats else "")
    return Servers(
        postgres=_postgres(state, secrets, port, options, watcher) if embedded else None,
        nats=nats,
        database_urls={s: _url(s, p, port, s) for s, p in embedded.items()} | given_urls,
        migration_urls={s: _url(OWNER, secrets.owner_password, port, s) for s in embedded}
        | given_urls,
        nats_url=nats_url,
        nats_urls={
            part.name: options.given.get(f"NATS_URL_{part.name.upper()}")
            or (nats.url_of(part.name) if nats else nats_url)
            for part in PARTS
        },
        embedded_databases=embedded,
        owner_password=secrets.owner_password,
    )


def _url(role: str, password: str, port: int, database: str) -> str:
    return f"postgresql://{role}:{password}@{LOOPBACK}:{port}/{database}"


def in_parallel(tasks: list[Callable[[], None]]) -> None:
    """Run all tasks at the same time. When all have ended, raise the first error, if any."""
    if not tasks:
        return
    with ThreadPoolExecutor(max_workers=len(tasks)) as pool:
        futures = [pool.submit(task) for task in tasks]
    for future in futures:
        future.result()


def _postgres(
    state: StateFolder, secrets: Secrets, port: int, options: ServerOptions, watcher: Watcher
) -> Postgres:
    return Postgres(
        PostgresOptions(
            home=state.root / "postgres",
            log_file=state.log_file("postgres"),
            port=port,
            password=secrets.superuser_password,
            max_connections=options.max_connections,
            durable=options.durable,
        ),
        watcher,
    )


def _nats(state: StateFolder, secrets: Secrets, options: ServerOptions, watcher: Watcher) -> Nats:
    return Nats(
        NatsOptions(
            home=state.root / "nats",
            log_file=state.log_file("nats"),
            port=state.port("nats"),
            durable=options.durable,
            passwords=secrets.bus_passwords,
        ),
        watcher,
    )
