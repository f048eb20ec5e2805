"""Build the webhooks service from its settings."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import time, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import grpc

from servicekit.bus.connection import Bus
from servicekit.bus.streams import (
    WEBHOOKS_DEAD_LETTERS,
    WEBHOOKS_OUTCOMES,
    WEBHOOKS_SPOOLED,
)
from servicekit.callbacks import CallbackNames
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.db.org_export import ExportOrgRows
from servicekit.db.org_rows import DeleteOrgRows
from servicekit.jobs import Job, delete_handled
from servicekit.process import background, finish
from servicekit.rpc.client import RpcClient
from servicekit.rpc.stored_data import serve_organisations, serve_people
from servicekit.rpc.tls import tls_of
from servicekit.service import Kit, Parts, open_kit, run_one_job, serve
from servicekit.telemetry.traced import traced
from servicekit.tokens import signer_of
from servicekit.web.asgi import Application, LifespanApp
from servicekit.web.server import leading
from servicekit.web.shared_metrics import SharedMetrics
from services.webhooks.delivery.jobs.measure import measure_deliveries
from services.webhooks.events.dead_letters import DeadLetters
from services.webhooks.events.outcomes import Outcomes
from services.webhooks.events.spooled import Spooled
from services.webhooks.http.intake import Endpoint, Intake, endpoints
from services.webhooks.http.stripe import StripeCalls
from services.webhooks.http.twilio import TwilioCalls
from services.webhooks.jobs.delete_old import delete_old
from services.webhooks.jobs.measure import measure_webhooks
from services.webhooks.parts.deliver import delivery_jobs
from services.webhooks.parts.endpoints import register_endpoints
from services.webhooks.providers.batching_publisher import BatchingPublisher
from services.webhooks.providers.signing_tokens import SigningTokens
from services.webhooks.providers.twilio_accounts import TwilioAccounts
from services.webhooks.providers.webhook_publisher import WebhookPublisher
from services.webhooks.rpc.dead_letters import DeadLetterRpc
from services.webhooks.settings import WebhooksSettings
from services.webhooks.storage import webhook_logs
from services.webhooks.storage.log_writer import LogWriter
from services.webhooks.storage.org_tables import EXPORTED, TABLES
from services.webhooks.storage.overdue import MAKE_DUE
from services.webhooks.usecases.erase_person import ErasePerson
from services.webhooks.usecases.log_spooled import LogSpooled
from services.webhooks.usecases.manage_dead_letters import ManageDeadLetters
from services.webhooks.usecases.record_dead_letters import RecordDeadLetters
from services.webhooks.usecases.record_outcomes import RecordOutcomes
from services.webhooks.usecases.replay_dead_letter_group import ReplayDeadLetterGroup
from services.webhooks.usecases.replay_dead_letters import ReplayDeadLetters
from services.webhooks.usecases.resend_unhandled import ResendUnhandled
from services.webhooks.usecases.webhook_log import WebhookLog
from smsblaster.webhooks.v1 import dead_letters_pb2_grpc

_RESEND_EVERY = timedelta(seconds=5)
_FORGET_AT = time(3)


def application(settings: WebhooksSettings, lead_lock: Path) -> Application:
    """Return the ASGI application of one web worker, which opens and closes its own connections.

    Call this in the worker's own process. All workers share the file `lead_lock`. The worker that
    holds the lock of this file is the leader: it also serves health and metrics, and runs
    consumers, relay and jobs. Every worker serves webhooks as soon as the database or the bus can
    be reached.
    """
    return LifespanApp(_running(settings, lead_lock))


@asynccontextmanager
async def _running(settings: WebhooksSettings, lead_lock: Path) -> AsyncIterator[Application]:
    with traced("webhooks", settings):
        async with _Worker(settings, lead_lock).running() as intake:
            yield intake


class _Worker:
    """One web worker: its connections, its background tasks and its ASGI application."""

    def __init__(self, settings: WebhooksSettings, lead_lock: Path) -> None:
        self._settings = settings
        self._lead_lock = lead_lock
        self._stop = asyncio.Event()
        self._leads = False
        self._metrics = SharedMetrics(lead_lock.parent, settings.web_workers)
        self._signer = signer_of("webhooks", settings)
        url = settings.database_url.get_secret_value()
        self._database = Database(url, settings.pool_size, settings.direct_url())
        # One connection for requests, and one for the consumer of spooled webhooks.
        self._writer, self._spool_writer = self._log_writer(), self._log_writer()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Application]:
        """Run the background tasks and yield the application.

        At the end, finish and close everything.
        """
        tls = tls_of(self._settings)
        accounts = TwilioAccounts(self._settings.messaging_addr, RpcClient(self._signer), tls)
        url = self._settings.nats_url.get_secret_value()
        self._bus = Bus(url, "webhooks", self._settings.bus_replicas)
        self._database.pass_on = self._bus.hints.add
        await self._metrics.open()
        self._publisher = WebhookPublisher(self._bus)
        batches = BatchingPublisher(self._publisher)
        webhook_log = WebhookLog(self._writer, self._publisher, batches)
        publishing = background(batches.run(), "publishing")
        leading = background(self._lead(), "lead")
        yield Intake(self._endpoints(accounts), webhook_log.add)
        self._stop.set()
        if self._leads:
            await asyncio.wait([leading], timeout=self._settings.grace_seconds)
        for task in (leading, publishing):
            await finish(task, 1)
        await self._metrics.close()
        await batches.flush()
        await accounts.close()
        await self._bus.close()
        await self._writer.close()
        await self._spool_writer.close()
        await self._database.close()

    def _log_writer(self) -> LogWriter:
        return LogWriter(self._settings.session_url(), self._settings.resend_after_seconds)

    def _endpoints(self, accounts: TwilioAccounts) -> Sequence[Endpoint]:
        tokens = SigningTokens(accounts.find)
        names = CallbackNames(*self._settings.token_keys())
        twilio = TwilioCalls(tokens, self._settings.public_webhooks_url, names)
        stripe = StripeCalls(
            self._settings.stripe_secrets(), livemode=self._settings.stripe_livemode
        )
        return endpoints(twilio, stripe)

    async def _lead(self) -> None:
        """Wait to become the leader, then run consumers, relay and jobs until stopped."""
        async with leading(self._lead_lock):
            self._leads = True
            rpc = RpcClient(self._signer)
            tls = tls_of(self._settings)
            kit = Kit("webhooks", self._settings, self._database, self._bus, self._signer, rpc, tls)
            await serve(kit, self._parts(), self._stop, self._settings.grpc_listen)

    def _parts(self) -> Parts:
        return Parts(
            register=self._register,
            consumers=[
                (WEBHOOKS_OUTCOMES, Outcomes(RecordOutcomes(self._database)).handle),
                (WEBHOOKS_DEAD_LETTERS, DeadLetters(RecordDeadLetters(self._database)).handle),
                (WEBHOOKS_SPOOLED, Spooled(LogSpooled(self._spool_writer, self._publisher)).handle),
            ],
            jobs=_jobs(self._settings, self._database, self._publisher),
            # Webhooks are served without a database too, because the bus then stores them.
            serves_early=lambda: self._bus.is_connected,
            make_due=MAKE_DUE,
            measures=[measure_webhooks, measure_deliveries],
            read_metrics=self._metrics.read,
        )

    def _register(self, server: grpc.aio.Server) -> None:
        replay_dead_letters = ReplayDeadLetters(self._database, self._publisher)
        manage = ManageDeadLetters(self._database, replay_dead_letters.replay)
        cursors = CursorCodec(self._settings.token_key())
        replay_group = ReplayDeadLetterGroup(self._database, replay_dead_letters.replay)
        servicer = DeadLetterRpc(self._database, cursors, manage, replay_group)
        dead_letters_pb2_grpc.add_DeadLetterServiceServicer_to_server(servicer, server)
        register_endpoints(server, self._settings, self._database, cursors)
        serve_people(server, ErasePerson(self._database))
        deletes = DeleteOrgRows(self._database, TABLES)
        serve_organisations(server, deletes, ExportOrgRows(self._database, EXPORTED))


async def run_job(settings: WebhooksSettings, name: str) -> bool:
    """Run the job ``name`` once, now. Returns False if another process is running it."""
    async with open_kit("webhooks", settings) as kit:
        await kit.bus.first_try()
        jobs = _jobs(settings, kit.database, WebhookPublisher(kit.bus))
        return await run_one_job(kit.database, jobs, name)


def _jobs(
    settings: WebhooksSettings, database: Database, publisher: WebhookPublisher
) -> Sequence[Job]:
    record = RecordDeadLetters(database).record
    resend = ResendUnhandled(database, publisher, record, settings.resend_after_seconds)
    return [
        Job(
            "resend-unhandled",
            resend.resend_due,
            every=_RESEND_EVERY,
            has_work=webhook_logs.HAS_DUE,
        ),
        Job("forget-old", partial(delete_old, database, settings.retention_days), at=_FORGET_AT),
        Job("forget-handled", partial(delete_handled, database, "webhooks")),
        *delivery_jobs(database),
    ]


async def replay(settings: WebhooksSettings, which: str) -> int:
    """Replay the dead letter with the id `which`, or all waiting ones if `which` is ``all``.

    Returns:
        The number of dead letters that were replayed.

    Raises:
        NotFound: There is no dead letter with this id.
        Conflict: dead_letter_retries_itself, for an item of a job.
        Unavailable: The bus can't be reached.
    """
    async with open_kit("webhooks", settings) as kit:
        await kit.bus.first_try()
        replay_dead_letters = ReplayDeadLetters(kit.database, WebhookPublisher(kit.bus))
        if which == "all":
            return await replay_dead_letters.replay_waiting()
        await replay_dead_letters.replay(UUID(which))
        return 1
