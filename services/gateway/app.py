"""Build the gateway from its settings."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import grpc
import structlog

from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from servicekit.identity import GATEWAY
from servicekit.mail import Mailer
from servicekit.process import background, finish
from servicekit.rewrap import RewrapSecrets
from servicekit.rpc.client import RpcClient
from servicekit.service import Kit, Parts, run_one_job, serve
from servicekit.telemetry.traced import traced
from servicekit.tokens import signer_of
from servicekit.vault import Vault, envelope_of
from servicekit.web.asgi import Application, LifespanApp
from servicekit.web.loop_thread import LoopThread
from servicekit.web.server import leading
from servicekit.web.shared_metrics import SharedMetrics
from servicekit.web.wsgi import Threads, WsgiBridge
from services.gateway.events.consumers import consumers
from services.gateway.http.app import MAX_BODY_BYTES, create_app
from services.gateway.http.authentication import Authentication
from services.gateway.http.backends import Backends
from services.gateway.http.channels import open_channels
from services.gateway.http.idempotency import IdempotentRequests
from services.gateway.http.rate_limit import RateLimits
from services.gateway.http.routes import RouteParts
from services.gateway.http.security_log import SecurityLog
from services.gateway.http.session_cookies import SessionCookies
from services.gateway.http.transfers import Transfers, is_transfer
from services.gateway.jobs.housekeeping import EndOfData, jobs
from services.gateway.jobs.measure import measure_mails
from services.gateway.parts.servicers import Servicers
from services.gateway.providers.accounts_of_closed import AccountsOfClosed
from services.gateway.providers.stored_data import StoredData
from services.gateway.settings import GatewaySettings
from services.gateway.storage.overdue import MAKE_DUE
from services.gateway.storage.second_factor_tables import ENCRYPTED
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.support.request_log_writer import RequestLogWriter
from services.gateway.usecases.audit_log import AuditLog
from services.gateway.usecases.erase_people import ErasePeople
from services.gateway.usecases.finish_closings import FinishClosings
from services.gateway.usecases.idempotency_keys import IdempotencyKeys
from services.gateway.usecases.send_mails import SendMails

log = structlog.get_logger()


def application(settings: GatewaySettings, lead_lock: Path) -> Application:
    """Return the ASGI application of one web worker. Call this in the worker's own process."""
    return LifespanApp(_running(settings, Worker(settings, lead_lock)))


@asynccontextmanager
async def _running(settings: GatewaySettings, worker: "Worker") -> AsyncIterator[Application]:
    threads = Threads(settings.web_threads, settings.web_transfers, is_transfer)
    bridge = WsgiBridge(worker.app, threads, MAX_BODY_BYTES)
    yield bridge
    bridge.close()
    await asyncio.to_thread(worker.close)


class Worker:
    """One web worker: the Flask application, and the event loop that does its work.

    Create it in the worker's own process. All workers share the file `lead_lock`. The worker that
    holds the lock of this file is the leader: it also serves health and metrics, and runs
    consumers, relay and jobs.
    """

    def __init__(self, settings: GatewaySettings, lead_lock: Path) -> None:
        self._settings = settings
        self._lead_lock = lead_lock
        self._stop = asyncio.Event()
        self._recording = ExitStack()
        self._recording.enter_context(traced(GATEWAY, settings))
        self._metrics = SharedMetrics(lead_lock.parent, settings.web_workers)
        self._loop = LoopThread()
        url = settings.database_url.get_secret_value()
        self._database = Database(url, settings.pool_size, settings.direct_url())
        self._signer = signer_of(GATEWAY, settings)
        self._request_log = RequestLogWriter(self._database, settings.request_log_queue)
        self._leads = False
        self._loop.run(self._start())
        keys = SigningKeys(Path(settings.jwt_keys_dir))
        self.app = create_app(settings, self._route_parts(keys), keys, self._request_log)

    def close(self) -> None:
        """Finish the running requests and close everything."""
        self._loop.run(self._close(), self._settings.grace_seconds * 2)
        self._loop.close()
        self._recording.close()

    def _route_parts(self, keys: SigningKeys) -> RouteParts:
        rpc = RpcClient(self._signer)
        authentication = Authentication(
            self._loop,
            self._database,
            keys,
            operators_need_second_factor=self._settings.operator_second_factor,
        )
        servicers = Servicers(self._settings, self._database, rpc, self._channels, keys).all()
        return RouteParts(
            settings=self._settings,
            authentication=authentication,
            rate_limits=RateLimits(self._settings) if self._settings.rate_limits else None,
            idempotency=IdempotentRequests(self._loop, IdempotencyKeys(self._database)),
            backends=Backends(self._loop, self._database, rpc, self._channels, servicers),
            security_log=SecurityLog(self._loop, AuditLog(self._database)),
            cookies=SessionCookies(self._settings.public_app_url),
            transfers=Transfers(self._settings.user_transfers),
        )

    async def _start(self) -> None:
        # Every worker publishes hints about its changes. Only the leader does more on the bus.
        url = self._settings.nats_url.get_secret_value()
        self._bus = Bus(url, GATEWAY, self._settings.bus_replicas)
        self._database.pass_on = self._bus.hints.add
        self._channels = open_channels(self._settings)
        self._writing = background(self._request_log.run(), "request_log")
        await self._metrics.open()
        self._background = background(self._lead(), "lead")

    async def _lead(self) -> None:
        """Wait until this worker leads, then run consumers, relay and jobs until it is stopped."""
        async with leading(self._lead_lock):
            kit = Kit(
                GATEWAY,
                self._settings,
                self._database,
                self._bus,
                self._signer,
                RpcClient(self._signer),
            )
            mailer = _mailer(self._settings)
            send_mails = SendMails(self._database, mailer, self._settings.public_app_url)
            ends = _end_of_data(self._database, kit.rpc, self._channels)
            parts = Parts(
                consumers=consumers(self._database),
                jobs=jobs(self._database, send_mails, ends, self._settings.request_log_days),
                closers=[mailer.close],
                make_due=MAKE_DUE,
                measures=[measure_mails],
                read_metrics=self._metrics.read,
            )
            self._leads = True
            await serve(kit, parts, self._stop)

    async def _close(self) -> None:
        self._stop.set()
        if self._leads:
            # Finishing the running requests may have taken half of the grace period.
            await asyncio.wait([self._background], timeout=self._settings.grace_seconds / 2)
        await finish(self._background, 1)
        await finish(self._writing, 1)
        await self._request_log.finish(self._settings.grace_seconds / 4)
        await self._metrics.close()
        for channel in self._channels.values():
            await channel.close()
        await self._bus.close()
        await self._database.close()


def _mailer(settings: GatewaySettings) -> Mailer:
    """Return the client of the mail service."""
    return Mailer(
        settings.postmark_base_url,
        settings.postmark_server_token.get_secret_value(),
        settings.postmark_from,
        settings.postmark_templates,
    )


def _end_of_data(
    database: Database, rpc: RpcClient, channels: Mapping[str, grpc.aio.Channel]
) -> EndOfData:
    """Return the use cases that erase people and delete organisations."""
    stored_data = StoredData(rpc, channels)
    return EndOfData(
        ErasePeople(database, stored_data),
        FinishClosings(database, AccountsOfClosed(rpc, channels), stored_data),
    )


async def run_job(settings: GatewaySettings, database: Database, name: str) -> bool:
    """Run the job ``name`` once, now. Returns False if another process is running it."""
    mailer, channels = _mailer(settings), open_channels(settings)
    send_mails = SendMails(database, mailer, settings.public_app_url)
    rpc = RpcClient(signer_of(GATEWAY, settings))
    ends = _end_of_data(database, rpc, channels)
    try:
        its_jobs = jobs(database, send_mails, ends, settings.request_log_days)
        return await run_one_job(database, its_jobs, name)
    finally:
        await mailer.close()
        for channel in channels.values():
            await channel.close()


async def rewrap(settings: GatewaySettings, database: Database) -> None:
    """Encrypt every stored secret under the newest key, and log how many were changed."""
    vault = Vault(envelope_of(settings))
    counts = await RewrapSecrets(database, vault, ENCRYPTED).rewrap()
    log.info("secrets_rewrapped", **counts)
