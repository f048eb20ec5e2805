"""Build the campaigns service from its settings and serve it."""

import asyncio
from functools import partial

import grpc

from servicekit.bus.streams import (
    CAMPAIGNS_MEMBERS,
    CAMPAIGNS_MERGES,
    CAMPAIGNS_MOVED,
    CAMPAIGNS_QUIET_HOURS,
    CAMPAIGNS_WEBHOOKS,
)
from servicekit.contact_merges import ContactsMergedConsumer
from servicekit.cursors import CursorCodec
from servicekit.customer_events import WebhookSubscriptions
from servicekit.db.org_export import ExportOrgRows
from servicekit.db.org_rows import DeleteOrgRows
from servicekit.rpc.stored_data import serve_organisations, serve_people
from servicekit.service import Kit, Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.campaigns.campaigns.events.campaign_moved import CampaignMoved
from services.campaigns.campaigns.events.member_removed import MembersRemoved
from services.campaigns.campaigns.events.quiet_hours_changed import QuietHoursChanged
from services.campaigns.campaigns.jobs.measure import measure_campaigns
from services.campaigns.campaigns.usecases.take_back_campaigns import TakeBackCampaigns
from services.campaigns.common.storage.org_tables import EXPORTED, TABLES
from services.campaigns.common.storage.overdue import MAKE_DUE
from services.campaigns.events.storage import sms_retries
from services.campaigns.events.usecases.erase_person import ErasePerson
from services.campaigns.events.usecases.move_merged_contact import MoveMergedContact
from services.campaigns.parts.campaigns import build_planner, register_campaigns
from services.campaigns.parts.clients import Clients
from services.campaigns.parts.events import register_events
from services.campaigns.parts.jobs import build_jobs
from services.campaigns.parts.templates import register_templates
from services.campaigns.settings import CampaignsSettings


async def serve(settings: CampaignsSettings, stop: asyncio.Event) -> None:
    """Serve the campaigns service until `stop` is set."""
    async with open_kit("campaigns", settings) as kit:
        clients = Clients.open(kit, settings)
        planner = build_planner(kit.database, clients, settings)
        merged = MoveMergedContact(kit.database)
        take_back = TakeBackCampaigns(kit.database, sms_retries.stop_of_member)
        parts = Parts(
            register=partial(_register, kit, settings, clients),
            consumers=[
                (CAMPAIGNS_MOVED, CampaignMoved(kit.database, planner.wake).handle),
                (CAMPAIGNS_QUIET_HOURS, QuietHoursChanged(kit.database, planner.wake).handle),
                (CAMPAIGNS_MEMBERS, MembersRemoved(take_back).handle),
                (CAMPAIGNS_MERGES, ContactsMergedConsumer(merged.move).handle),
                (CAMPAIGNS_WEBHOOKS, WebhookSubscriptions(kit.database).handle),
            ],
            jobs=build_jobs(kit.database, clients),
            loops=[("planner", planner.run)],
            channels=clients.channels,
            make_due=MAKE_DUE,
            measures=[measure_campaigns],
        )
        await serve_parts(kit, parts, stop, settings.grpc_listen)


async def run_job(settings: CampaignsSettings, name: str) -> bool:
    """Run one job by hand. Returns False when it is already running elsewhere."""
    async with open_kit("campaigns", settings) as kit:
        clients = Clients.open(kit, settings)
        try:
            return await run_one_job(kit.database, build_jobs(kit.database, clients), name)
        finally:
            await clients.close()


def _register(
    kit: Kit, settings: CampaignsSettings, clients: Clients, server: grpc.aio.Server
) -> None:
    cursors = CursorCodec(settings.token_key())
    register_templates(kit, clients, cursors, server)
    register_campaigns(kit, clients, cursors, server)
    register_events(kit, clients, cursors, server)
    serve_people(server, ErasePerson(kit.database))
    deletes = DeleteOrgRows(kit.database, TABLES)
    serve_organisations(server, deletes, ExportOrgRows(kit.database, EXPORTED))
