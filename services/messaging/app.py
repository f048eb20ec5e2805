"""Messaging put together: the only place where settings become objects and objects meet."""

import asyncio
from functools import partial

import grpc

from servicekit.bus.streams import MESSAGING_COMPLIANCE, MESSAGING_INCOMING, MESSAGING_STATUS
from servicekit.service import Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.messaging.events.send_jobs import SendJobs
from services.messaging.events.twilio_compliance import TwilioCompliance
from services.messaging.events.twilio_incoming import TwilioIncoming
from services.messaging.events.twilio_status import TwilioStatus
from services.messaging.parts.accounts import register_accounts
from services.messaging.parts.jobs import all_jobs
from services.messaging.parts.messages import register_messages
from services.messaging.parts.pipeline import Pipeline
from services.messaging.providers.twilio_control import TwilioControl
from services.messaging.settings import MessagingSettings, SenderSettings
from services.messaging.usecases.drain import Drain


async def serve(settings: MessagingSettings, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set."""
    async with open_kit("messaging", settings) as kit:
        pipeline = Pipeline.build(kit, settings)
        control = TwilioControl(
            settings.twilio_base_url,
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
        )
        parts = Parts(
            register=partial(_register, pipeline, control),
            consumers=[
                (MESSAGING_STATUS, TwilioStatus(kit.database, pipeline.apply())),
                (MESSAGING_INCOMING, TwilioIncoming(pipeline.receive())),
                (MESSAGING_COMPLIANCE, TwilioCompliance(kit.database)),
            ],
            jobs=all_jobs(pipeline),
            channels=pipeline.channels,
            closers=[pipeline.close, control.close],
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


async def run_job(settings: MessagingSettings, name: str) -> bool:
    """Run one job by hand; False where it is running elsewhere."""
    async with open_kit("messaging", settings) as kit:
        pipeline = Pipeline.build(kit, settings)
        try:
            return await run_one_job(kit.database, all_jobs(pipeline), name)
        finally:
            await pipeline.close()


def _register(pipeline: Pipeline, control: TwilioControl, server: grpc.aio.Server) -> None:
    register_messages(pipeline, server)
    register_accounts(pipeline, control, server)
