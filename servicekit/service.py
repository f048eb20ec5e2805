"""Run the process of a service: open what every service needs, run its parts, close everything."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import psycopg
import structlog
from sqlalchemy import TextClause
from sqlalchemy.exc import OperationalError

from servicekit import process
from servicekit.bus.connection import Bus
from servicekit.bus.consumer import ConsumerLoop, Handler
from servicekit.bus.relay import Relay
from servicekit.bus.streams import Consumer
from servicekit.db.database import Database
from servicekit.db.suitable import exit_if_unsuitable, refuse_unsuitable
from servicekit.jobs import Job, Scheduler
from servicekit.measurements import Measure, Measurements
from servicekit.migrations import migrate, missing
from servicekit.rpc.client import RpcClient
from servicekit.rpc.in_flight import CALLS_PER_CONNECTION
from servicekit.rpc.server import listen as listen_on
from servicekit.rpc.server import make_server
from servicekit.rpc.tls import Tls, tls_of
from servicekit.settings import AnySettings, ServiceSettings, load
from servicekit.telemetry import build, logs
from servicekit.telemetry.ops import OpsServer
from servicekit.telemetry.traced import traced
from servicekit.tokens import TokenSigner, signer_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kit:
    """The open connections and other objects that every service needs."""

    service: str
    settings: ServiceSettings
    database: Database
    bus: Bus
    signer: TokenSigner
    rpc: RpcClient
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a service that :func:`serve` runs.

    ``register`` adds the servicers to the gRPC server. ``loops`` are further coroutines that run
    for ever. ``channels`` are closed at the end. ``serves_early`` tells whether the process can do
    its work before its database has answered for the first time. ``make_due`` are SQL statements
    that run after the database's clock was set back: they make rows due that would otherwise wait
    for too long. ``measures`` are the service's own measurements. ``read_metrics`` returns the
    metrics of all web workers.
    """

    register: Callable[[grpc.aio.Server], None] | None = None
    consumers: Sequence[tuple[Consumer, Handler]] = ()
    jobs: Sequence[Job] = ()
    loops: Sequence[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = ()
    channels: Sequence[grpc.aio.Channel] = ()
    closers: Sequence[Callable[[], Awaitable[None]]] = ()
    serves_early: Callable[[], bool] = lambda: False
    make_due: Sequence[TextClause] = ()
    measures: Sequence[Measure] = ()
    read_metrics: Callable[[], Awaitable[str]] | None = None


@asynccontextmanager
async def open_kit(service: str, settings: ServiceSettings) -> AsyncIterator[Kit]:
    """Open database, bus and identity for ``service``; close them at the end.

    The connection to the bus is made in the background, so that the service can start before the
    bus.
    """
    with traced(service, settings):
        url = settings.database_url.get_secret_value()
        database = Database(url, settings.pool_size, settings.direct_url())
        signer = signer_of(service, settings)
        rpc, tls = RpcClient(signer), tls_of(settings)
        try:
            bus = Bus(settings.nats_url.get_secret_value(), service, settings.bus_replicas)
            database.pass_on = bus.hints.add
            try:
                yield Kit(service, settings, database, bus, signer, rpc, tls)
            finally:
                await bus.close()
        finally:
            await database.close()


async def serve(kit: Kit, parts: Parts, stop: asyncio.Event, listen: str = "") -> None:
    """Run ``parts`` until ``stop`` is set; then finish the current work within the grace period.

    ``listen`` is the gRPC server's host:port; without it there is no server. A loop that fails
    stops the rest. Its error is raised at the end, so that the process exits with it.
    """
    dependencies = {"database": kit.database.check, "bus": kit.bus.check}
    ops = OpsServer(kit.settings.ops_listen, dependencies, parts.serves_early, parts.read_metrics)
    await ops.start()
    await _until_safe(kit, stop)
    server = await _start_server(kit, parts, listen)
    tasks = _start_loops(kit, parts, stop)
    await kit.bus.first_try()
    process.freeze_gc()
    build.tell(kit.service)
    ops.open()
    log.info("service_ready", listen=listen)
    await stop.wait()
    log.info("service_stopping")
    ops.drain()
    grace = kit.settings.grace_seconds
    finishing = [process.finish(task, grace) for task in tasks]
    await asyncio.gather(*finishing, *([server.stop(grace)] if server else []))
    for channel in parts.channels:
        await channel.close()
    for close in parts.closers:
        await close()
    await ops.close()
    for failure in filter(None, map(process.failure_of, tasks)):
        raise failure


@dataclass(frozen=True, slots=True)
class Process:
    """A command that starts another kind of process of a service, beside its server.

    ``options`` are the names and descriptions of its command-line options; ``run`` gets their
    values by name.
    """

    meaning: str
    settings: type[ServiceSettings]
    run: Callable[..., Awaitable[None]]
    options: Mapping[str, str] = field(default_factory=dict)


def main(
    service: str,
    settings: type[AnySettings],
    run: Callable[[AnySettings, asyncio.Event], Awaitable[None]],
    run_job: Callable[[AnySettings, str], Awaitable[bool]],
    further: Mapping[str, Process] | None = None,
) -> None:
    """Run the command line of a service.

    The commands are ``serve``, ``migrate``, ``job NAME``, and those that ``further`` adds.
    """
    processes = {"serve": Process("run the service until SIGTERM", settings, run)}
    processes |= further or {}
    arguments = _parser(service, processes).parse_args()
    if arguments.command == "migrate":
        migrate(service)
    elif arguments.command == "job":
        loaded = _configured(service, settings)
        _run_job(run_job(loaded, arguments.name), arguments.name)
    else:
        chosen = processes[arguments.command]
        chosen_settings = _configured(service, chosen.settings)
        options = {name: getattr(arguments, name) for name in chosen.options}
        process.run(lambda stop: chosen.run(chosen_settings, stop, **options))


def _parser(service: str, processes: Mapping[str, Process]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, kind in processes.items():
        command = commands.add_parser(name, help=kind.meaning)
        for option, meaning in kind.options.items():
            command.add_argument(f"--{option}", required=True, help=meaning)
    commands.add_parser("migrate", help="bring the database to the newest migration")
    commands.add_parser("job", help="run one job now").add_argument("name")
    return parser


def _configured(service: str, settings: type[AnySettings]) -> AnySettings:
    loaded = load(settings)
    logs.configure(service, loaded.log_level)
    exit_if_unsuitable(loaded.database_url.get_secret_value(), loaded.direct_url())
    return loaded


async def run_one_job(database: Database, jobs: Sequence[Job], name: str) -> bool:
    """Run the job ``name`` of ``jobs`` now; return False if it is running elsewhere."""
    return await Scheduler(database, jobs).run_now(name)


def _run_job(work: Awaitable[bool], name: str) -> None:
    async def run(_: asyncio.Event) -> None:
        if not await work:
            log.info("job_runs_elsewhere", job=name)

    process.run(run)


async def _until_safe(kit: Kit, stop: asyncio.Event) -> None:
    """Wait until the database answers and has this code's migrations, or ``stop`` is set.

    Raises an error if the database can't be used.
    """
    url = kit.settings.database_url.get_secret_value()
    while not stop.is_set():
        try:
            await asyncio.to_thread(refuse_unsuitable, url, kit.settings.direct_url())
            await kit.database.refuse_unsafe_role()
            migration = await asyncio.to_thread(missing, kit.service, url)
        except (OSError, OperationalError, psycopg.OperationalError) as error:
            log.warning("database_not_up_yet", error=repr(error))
        else:
            if migration is None:
                return
            log.warning("database_not_migrated_yet", migration=migration)
        await asyncio.sleep(0.5)


async def _start_server(kit: Kit, parts: Parts, listen: str) -> grpc.aio.Server | None:
    if parts.register is None:
        return None
    most_calls = CALLS_PER_CONNECTION * kit.settings.pool_size
    server = make_server(kit.signer, most_calls, pass_on=kit.bus.hints.add)
    parts.register(server)
    listen_on(server, listen, kit.tls)
    await server.start()
    return server


def _start_loops(kit: Kit, parts: Parts, stop: asyncio.Event) -> list[asyncio.Task[None]]:
    loops: list[tuple[str, Coroutine[Any, Any, None]]] = [
        ("relay", Relay(kit.database, kit.bus, kit.service).run())
    ]
    for consumer, handler in parts.consumers:
        loop = ConsumerLoop(kit.bus, kit.database, kit.service, consumer, handler)
        loops.append((consumer.name, loop.run()))
    if parts.jobs and kit.settings.scheduler:
        scheduler = Scheduler(kit.database, parts.jobs, parts.make_due, kit.service)
        measurements = Measurements(kit.database, kit.service, parts.jobs, parts.measures)
        loops += [("scheduler", scheduler.run()), ("measurements", measurements.run())]
    loops += [(name, loop()) for name, loop in parts.loops]
    return [process.background(work, name, stop.set) for name, work in loops]
