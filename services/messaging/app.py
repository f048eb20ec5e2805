"""Wire up the messaging service. Settings are converted to objects only here and in ``parts``."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import grpc
import structlog

from servicekit.bus.streams import (
    MESSAGING_CAMPAIGNS,
    MESSAGING_COMPLIANCE,
    MESSAGING_INCOMING,
    MESSAGING_LOW_BALANCE,
    MESSAGING_MEMBERS,
    MESSAGING_MERGES,
    MESSAGING_STATUS,
    MESSAGING_WEBHOOKS,
)
from servicekit.customer_events import WebhookSubscriptions
from servicekit.jobs import Job
from servicekit.rewrap import RewrapSecrets
from servicekit.service import Kit, Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from servicekit.vault import Vault, envelope_of
from services.messaging.accounts.providers.twilio_control import TwilioControl
from services.messaging.accounts.storage import secrets
from services.messaging.inbox.events.twilio_incoming import TwilioIncoming
from services.messaging.inbox.providers.twilio_media import TwilioMedia
from services.messaging.parts.account_care import (
    AccountCare,
    account_jobs,
    master_of,
    register_account_care,
)
from services.messaging.parts.accounts import register_accounts
from services.messaging.parts.history import history_jobs, members_removed, register_history
from services.messaging.parts.inbox import contacts_merged, inbox_jobs, register_inbox
from services.messaging.parts.jobs import pipeline_jobs
from services.messaging.parts.media import media_jobs, register_media
from services.messaging.parts.messages import register_messages
from services.messaging.parts.numbers import Numbers, number_jobs, register_numbers
from services.messaging.parts.pipeline import Pipeline
from services.messaging.parts.registrations import (
    Registrations,
    register_registrations,
    registration_jobs,
)
from services.messaging.parts.removals import register_removals
from services.messaging.parts.results import register_results
from services.messaging.parts.scheduled import register_scheduled, scheduled_jobs
from services.messaging.registration.events.twilio_compliance import TwilioCompliance
from services.messaging.sending.events.campaign_created import CampaignsCreated
from services.messaging.sending.events.low_balance_alerts import LowBalanceAlerts
from services.messaging.sending.events.send_jobs import SendJobs
from services.messaging.sending.events.twilio_status import TwilioStatus
from services.messaging.sending.jobs.measure import measure_messages, measure_overdue
from services.messaging.sending.storage.overdue import MAKE_DUE
from services.messaging.sending.usecases.drain import Drain
from services.messaging.settings import MessagingSettings, SenderSettings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Service:
    """The objects that the gRPC server and the jobs need."""

    settings: MessagingSettings
    pipeline: Pipeline
    control: TwilioControl
    care: AccountCare
    numbers: Numbers
    registrations: Registrations
    media: TwilioMedia

    @classmethod
    def build(cls, kit: Kit, settings: MessagingSettings) -> "_Service":
        pipeline = Pipeline.build(kit, settings)
        control = TwilioControl(master_of(settings))
        care = AccountCare.build(pipeline, settings)
        numbers = Numbers.build(pipeline, control, settings)
        registrations = Registrations.build(pipeline, settings)
        media = TwilioMedia(settings.twilio_base_url)
        return cls(settings, pipeline, control, care, numbers, registrations, media)

    def register(self, server: grpc.aio.Server) -> None:
        register_messages(self.pipeline, server)
        register_scheduled(self.pipeline, server)
        register_results(self.pipeline, server)
        register_accounts(self.pipeline, self.control, self.care, server)
        register_numbers(self.pipeline, self.numbers, server)
        register_account_care(self.pipeline, self.care, self.numbers.limits, server)
        register_history(self.pipeline, self.settings, server)
        register_inbox(self.pipeline, server)
        register_media(self.pipeline, self.settings, server)
        register_registrations(self.registrations, self.control, server)
        register_removals(self.pipeline, self.care.twilio, self.settings, server)

    def jobs(self) -> Sequence[Job]:
        return [
            *pipeline_jobs(self.pipeline),
            *scheduled_jobs(self.pipeline),
            *media_jobs(self.pipeline, self.media, self.settings),
            *account_jobs(self.pipeline, self.care),
            *number_jobs(self.pipeline, self.numbers),
            *history_jobs(self.pipeline, self.settings),
            *inbox_jobs(self.pipeline),
            *registration_jobs(self.registrations),
        ]

    async def close(self) -> None:
        await self.pipeline.close()
        await self.control.close()
        await self.care.twilio.close()
        await self.registrations.http.close()
        await self.media.close()


async def serve(settings: MessagingSettings, stop: asyncio.Event) -> None:
    """Serve gRPC, consume bus events and run jobs until ``stop`` is set."""
    async with open_kit("messaging", settings) as kit:
        service = _Service.build(kit, settings)
        pipeline = service.pipeline
        parts = Parts(
            register=service.register,
            consumers=[
                (MESSAGING_STATUS, TwilioStatus(kit.database, pipeline.apply()).handle),
                (MESSAGING_INCOMING, TwilioIncoming(pipeline.receive()).handle),
                (MESSAGING_COMPLIANCE, TwilioCompliance(kit.database).handle),
                (MESSAGING_CAMPAIGNS, CampaignsCreated(kit.database).handle),
                (MESSAGING_MEMBERS, members_removed(pipeline, settings).handle),
                (MESSAGING_MERGES, contacts_merged(pipeline).handle),
                (MESSAGING_WEBHOOKS, WebhookSubscriptions(kit.database).handle),
                (MESSAGING_LOW_BALANCE, LowBalanceAlerts(pipeline.send_message()).handle),
            ],
            jobs=service.jobs(),
            make_due=MAKE_DUE,
            measures=[measure_messages, measure_overdue],
            channels=pipeline.channels,
            closers=[service.close],
        )
        await serve_parts(kit, parts, stop, settings.grpc_listen)


async def send(settings: SenderSettings, stop: asyncio.Event) -> None:
    """Run a sender process: send due messages until ``stop`` is set."""
    async with open_kit("messaging", settings) as kit:
        pipeline = Pipeline.build(kit, settings)
        sender = SendJobs(kit.bus, Drain(kit.database, pipeline.hand_over()), kit.database)
        parts = Parts(
            loops=[("sender", sender.run)],
            channels=pipeline.channels,
            closers=[pipeline.close],
        )
        await serve_parts(kit, parts, stop)


async def rewrap(settings: SenderSettings, _stop: asyncio.Event) -> None:
    """Encrypt every stored secret with the newest key, and log how many were changed."""
    async with open_kit("messaging", settings) as kit:
        vault = Vault(envelope_of(settings))
        counts = await RewrapSecrets(kit.database, vault, secrets.COLUMNS).rewrap()
    log.info("secrets_rewrapped", **counts)


async def run_job(settings: MessagingSettings, name: str) -> bool:
    """Run one job once, now. Returns False if another process is already running it."""
    async with open_kit("messaging", settings) as kit:
        service = _Service.build(kit, settings)
        try:
            return await run_one_job(kit.database, service.jobs(), name)
        finally:
            await service.close()
