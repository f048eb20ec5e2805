"""The webhooks service put together: the only place where settings become objects."""

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
from servicekit.identity import TokenSigner
from servicekit.jobs import Job, forget_handled
from servicekit.process import background, finish
from servicekit.rpc.client import RpcClient
from servicekit.service import Kit, Parts, open_kit, run_one_job, serve
from servicekit.web.asgi import Application, LifespanApp
from servicekit.web.server import leading
from services.webhooks.events.dead_letters import DeadLetters
from services.webhooks.events.outcomes import Outcomes
from services.webhooks.events.spooled import Spooled
from services.webhooks.http.intake import Endpoint, Intake, endpoints
from services.webhooks.http.stripe import StripeCalls
from services.webhooks.http.twilio import TwilioCalls
from services.webhooks.jobs.forget_old import forget_old
from services.webhooks.jobs.resend_unhandled import ResendUnhandled
from services.webhooks.providers.accounts import AccountDirectory
from services.webhooks.rpc.dead_letters import DeadLetterRpc
from services.webhooks.settings import WebhooksSettings
from services.webhooks.storage.log_writer import LogWriter
from services.webhooks.storage.put_off import PUT_OFF
from services.webhooks.usecases.announce import Announcer
from services.webhooks.usecases.announce_soon import AnnounceSoon
from services.webhooks.usecases.judge_letters import JudgeLetters
from services.webhooks.usecases.keep_webhooks import Keeper
from services.webhooks.usecases.replay import Replay
from services.webhooks.usecases.signing_tokens import SigningTokens
from smsblaster.webhooks.v1 import dead_letters_pb2_grpc

_RESEND_EVERY = timedelta(seconds=5)
_FORGET_AT = time(3)


def application(settings: WebhooksSettings, lead_lock: Path) -> Application:
    """One web worker's ASGI application, which starts and closes all it needs by itself.

    Make it in the process that serves. Of the workers that share ``lead_lock``, one also serves
    health and metrics and runs consumers, relay and jobs; all of them take webhooks as soon as
    the database or the bus is there.
    """
    return LifespanApp(_Worker(settings, lead_lock).running())


class _Worker:
    """What one web worker is made of."""

    def __init__(self, settings: WebhooksSettings, lead_lock: Path) -> None:
        self._settings = settings
        self._lead_lock = lead_lock
        self._stop = asyncio.Event()
        self._leads = False
        self._signer = TokenSigner("webhooks", *settings.token_keys())
        self._database = Database(settings.database_url.get_secret_value(), settings.pool_size)
        # Requests and the consumer of what was spooled each have a connection.
        self._writer, self._late_writer = self._log_writer(), self._log_writer()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Application]:
        """The intake, with what it needs running; at the end finish that and close everything."""
        accounts = AccountDirectory(self._settings.messaging_addr, RpcClient(self._signer))
        self._bus = Bus(self._settings.nats_url.get_secret_value(), "webhooks")
        self._announcer = Announcer(self._bus)
        soon = AnnounceSoon(self._announcer)
        keeper = Keeper(self._writer, self._announcer, soon)
        announcing = background(soon.run(), "announcing")
        leading = background(self._lead(), "lead")
        yield Intake(self._endpoints(accounts), keeper.keep)
        self._stop.set()
        if self._leads:
            await asyncio.wait([leading], timeout=self._settings.grace_seconds)
        for task in (leading, announcing):
            await finish(task, 1)
        await soon.finish()
        await accounts.close()
        await self._bus.close()
        await self._writer.close()
        await self._late_writer.close()
        await self._database.close()

    def _log_writer(self) -> LogWriter:
        url = self._settings.database_url.get_secret_value()
        return LogWriter(url, self._settings.resend_after_seconds)

    def _endpoints(self, accounts: AccountDirectory) -> Sequence[Endpoint]:
        tokens = SigningTokens(accounts.find)
        names = CallbackNames(*self._settings.token_keys())
        twilio = TwilioCalls(tokens, self._settings.public_webhooks_url, names)
        stripe = StripeCalls(
            self._settings.stripe_secrets(), livemode=self._settings.stripe_livemode
        )
        return endpoints(twilio, stripe)

    async def _lead(self) -> None:
        """Wait to be the leading worker, then run the background parts until told to stop."""
        async with leading(self._lead_lock):
            self._leads = True
            caller = RpcClient(self._signer)
            kit = Kit("webhooks", self._settings, self._database, self._bus, self._signer, caller)
            await serve(kit, self._parts(), self._stop, self._settings.grpc_listen)

    def _parts(self) -> Parts:
        return Parts(
            register=self._register,
            consumers=[
                (WEBHOOKS_OUTCOMES, Outcomes(self._database)),
                (WEBHOOKS_DEAD_LETTERS, DeadLetters(self._database)),
                (WEBHOOKS_SPOOLED, Spooled(self._late_writer, self._announcer)),
            ],
            jobs=_jobs(self._settings, self._database, self._announcer),
            # While the database is away the bus keeps webhooks.
            serves_early=lambda: self._bus.is_connected,
            put_off=PUT_OFF,
        )

    def _register(self, server: grpc.aio.Server) -> None:
        judging = JudgeLetters(self._database, Replay(self._database, self._announcer))
        cursors = CursorCodec(self._settings.token_key())
        servicer = DeadLetterRpc(self._database, cursors, judging)
        dead_letters_pb2_grpc.add_DeadLetterServiceServicer_to_server(servicer, server)


async def run_job(settings: WebhooksSettings, name: str) -> bool:
    """Run one job by hand; False where it is running elsewhere."""
    async with open_kit("webhooks", settings) as kit:
        await kit.bus.first_try()
        jobs = _jobs(settings, kit.database, Announcer(kit.bus))
        return await run_one_job(kit.database, jobs, name)


def _jobs(settings: WebhooksSettings, database: Database, announcer: Announcer) -> Sequence[Job]:
    resend = ResendUnhandled(database, announcer, settings.resend_after_seconds)
    return [
        Job("resend-unhandled", resend, every=_RESEND_EVERY),
        Job("forget-old", partial(forget_old, database, settings.retention_days), at=_FORGET_AT),
        Job("forget-handled", partial(forget_handled, database, "webhooks")),
    ]


async def replay(settings: WebhooksSettings, which: str) -> int:
    """Replay the dead letter with the id ``which``, or all that wait; how many.

    Raises ``NotFound`` and ``Unavailable``.
    """
    async with open_kit("webhooks", settings) as kit:
        await kit.bus.first_try()
        replaying = Replay(kit.database, Announcer(kit.bus))
        if which == "all":
            return await replaying.all_waiting()
        await replaying.one(UUID(which))
        return 1
