"""Messaging put together: the only place where settings become objects and objects meet."""

import asyncio
from collections.abc import Sequence
from functools import partial

import grpc
import structlog

from servicekit.bus.streams import (
    MESSAGING_CAMPAIGNS,
    MESSAGING_COMPLIANCE,
    MESSAGING_INCOMING,
    MESSAGING_LOW_BALANCE,
    MESSAGING_STATUS,
)
from servicekit.jobs import Job
from servicekit.service import Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.messaging.events.campaign_created import CampaignsCreated
from services.messaging.events.low_balance import LowBalanceTexts
from services.messaging.events.send_jobs import SendJobs
from services.messaging.events.twilio_compliance import TwilioCompliance
from services.messaging.events.twilio_incoming import TwilioIncoming
from services.messaging.events.twilio_status import TwilioStatus
from services.messaging.parts.account_care import (
    AccountCare,
    account_jobs,
    register_account_care,
)
from services.messaging.parts.accounts import register_accounts
from services.messaging.parts.history import history_jobs, register_history
from services.messaging.parts.inbox import register_inbox
from services.messaging.parts.jobs import all_jobs
from services.messaging.parts.messages import register_messages
from services.messaging.parts.pipeline import Pipeline
from services.messaging.parts.registrations import (
    Registrations,
    register_registrations,
    registration_jobs,
)
from services.messaging.parts.results import register_results
from services.messaging.providers.twilio_control import TwilioControl
from services.messaging.settings import MessagingSettings, SenderSettings
from services.messaging.usecases.drain import Drain
from services.messaging.usecases.rewrap_secrets import RewrapSecrets

log = structlog.get_logger()


async def serve(settings: MessagingSettings, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set."""
    async with open_kit("messaging", settings) as kit:
        pipeline = Pipeline.build(kit, settings)
        control = TwilioControl(
            settings.twilio_base_url,
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
        )
        care = AccountCare.build(pipeline, settings)
        registrations = Registrations.build(pipeline, settings)
        parts = Parts(
            register=partial(_register, pipeline, settings, control, care, registrations),
            consumers=[
                (MESSAGING_STATUS, TwilioStatus(kit.database, pipeline.apply())),
                (MESSAGING_INCOMING, TwilioIncoming(pipeline.receive())),
                (MESSAGING_COMPLIANCE, TwilioCompliance(kit.database)),
                (MESSAGING_CAMPAIGNS, CampaignsCreated(kit.database)),
                (MESSAGING_LOW_BALANCE, LowBalanceTexts(pipeline.send_message())),
            ],
            jobs=_jobs(pipeline, settings, care, registrations),
            channels=pipeline.channels,
            closers=[pipeline.close, control.close, care.twilio.close, registrations.http.close],
        )
        await serve_parts(kit, parts, stop, settings.grpc_listen)


async def send(settings: SenderSettings, stop: asyncio.Event) -> None:
    """Work as a sender until ``stop`` is set."""
    async with open_kit("messaging", settings) as kit:
        pipeline = Pipeline.build(kit, settings)
        sender = SendJobs(kit.bus, Drain(kit.database, pipeline.hand_over()))
        parts = Parts(
            loops=[("sender", sender.run)],
            channels=pipeline.channels,
            closers=[pipeline.close],
        )
        await serve_parts(kit, parts, stop)


async def rewrap(settings: SenderSettings, _stop: asyncio.Event) -> None:
    """Wrap every stored secret under the newest key; what became of how many is logged."""
    async with open_kit("messaging", settings) as kit:
        pipeline = Pipeline.build(kit, settings)
        try:
            counts = await RewrapSecrets(kit.database, pipeline.accounts.vault)()
        finally:
            await pipeline.close()
    log.info("secrets_rewrapped", **counts)


async def run_job(settings: MessagingSettings, name: str) -> bool:
    """Run one job by hand; False where it is running elsewhere."""
    async with open_kit("messaging", settings) as kit:
        pipeline = Pipeline.build(kit, settings)
        care = AccountCare.build(pipeline, settings)
        registrations = Registrations.build(pipeline, settings)
        try:
            jobs = _jobs(pipeline, settings, care, registrations)
            return await run_one_job(kit.database, jobs, name)
        finally:
            await registrations.http.close()
            await care.twilio.close()
            await pipeline.close()


def _jobs(
    pipeline: Pipeline,
    settings: MessagingSettings,
    care: AccountCare,
    registrations: Registrations,
) -> Sequence[Job]:
    return [
        *all_jobs(pipeline),
        *account_jobs(pipeline, care),
        *history_jobs(pipeline, settings),
        *registration_jobs(registrations),
    ]


def _register(
    pipeline: Pipeline,
    settings: MessagingSettings,
    control: TwilioControl,
    care: AccountCare,
    registrations: Registrations,
    server: grpc.aio.Server,
) -> None:
    register_messages(pipeline, server)
    register_results(pipeline, server)
    register_accounts(pipeline, control, care, server)
    register_account_care(pipeline, care, server)
    register_history(pipeline, settings, server)
    register_inbox(pipeline, server)
    register_registrations(registrations, control, server)
