"""Campaigns put together: the only place where settings become objects and objects meet."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import grpc

from servicekit.bus.streams import CAMPAIGNS_MOVED
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.jobs import Job
from servicekit.rpc.client import open_channel
from servicekit.service import Kit, Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.campaigns.events.campaign_moved import CampaignMoved
from services.campaigns.jobs.planner import Planner
from services.campaigns.providers.contacts import Contacts
from services.campaigns.providers.messaging import Messaging
from services.campaigns.rpc.campaigns import CampaignRpc
from services.campaigns.rpc.quick_send import QuickSendRpc
from services.campaigns.rpc.templates import TemplateRpc
from services.campaigns.settings import CampaignsSettings
from services.campaigns.usecases.pause_campaign import tell_holds
from services.campaigns.usecases.plan_turn import PlanOptions, PlanTurn
from services.campaigns.usecases.start_due import start_due
from smsblaster.campaigns.v1 import campaigns_pb2_grpc, quick_send_pb2_grpc, templates_pb2_grpc


async def serve(settings: CampaignsSettings, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set."""
    async with open_kit("campaigns", settings) as kit:
        contacts_channel, messaging_channel = _channels(settings)
        contacts = Contacts(kit.caller, contacts_channel)
        messaging = Messaging(kit.caller, messaging_channel)
        planner = _planner(kit.database, contacts, messaging, settings)
        parts = Parts(
            register=partial(_register, kit, settings, contacts, messaging),
            consumers=[(CAMPAIGNS_MOVED, CampaignMoved(kit.database, planner.wake))],
            jobs=_jobs(kit.database, messaging),
            loops=[("planner", planner.run)],
            channels=[contacts_channel, messaging_channel],
        )
        await serve_parts(kit, parts, stop, settings.grpc_listen)


async def run_job(settings: CampaignsSettings, name: str) -> bool:
    """Run one job by hand; False where it is running elsewhere."""
    async with open_kit("campaigns", settings) as kit:
        _, channel = _channels(settings)
        async with channel:
            jobs = _jobs(kit.database, Messaging(kit.caller, channel))
            return await run_one_job(kit.database, jobs, name)


def _channels(settings: CampaignsSettings) -> tuple[grpc.aio.Channel, grpc.aio.Channel]:
    """Channels to contacts and to messaging."""
    return (
        open_channel(settings.contacts_addr, ["smsblaster.contacts.v1.RecipientService"]),
        open_channel(
            settings.messaging_addr,
            ["smsblaster.messaging.v1.DispatchService", "smsblaster.messaging.v1.MessageService"],
        ),
    )


def _planner(
    database: Database, contacts: Contacts, messaging: Messaging, settings: CampaignsSettings
) -> Planner:
    options = PlanOptions(settings.plan_window, settings.chunk_size, settings.lease_seconds)
    take_turn = PlanTurn(database, contacts, messaging, options)
    return Planner(database, take_turn, settings.lease_seconds)


def _jobs(database: Database, messaging: Messaging) -> Sequence[Job]:
    return [
        Job("start-due", partial(start_due, database), every=timedelta(seconds=1)),
        Job("tell-holds", partial(tell_holds, database, messaging), every=timedelta(seconds=2)),
    ]


def _register(
    kit: Kit,
    settings: CampaignsSettings,
    contacts: Contacts,
    messaging: Messaging,
    server: grpc.aio.Server,
) -> None:
    cursors = CursorCodec(settings.token_key())
    templates_pb2_grpc.add_TemplateServiceServicer_to_server(
        TemplateRpc(kit.database, cursors), server
    )
    campaigns_pb2_grpc.add_CampaignServiceServicer_to_server(
        CampaignRpc(kit.database, cursors, contacts, messaging), server
    )
    quick_send_pb2_grpc.add_QuickSendServiceServicer_to_server(
        QuickSendRpc(kit.database, messaging), server
    )
