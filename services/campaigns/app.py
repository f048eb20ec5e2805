"""Campaigns put together: the only place where settings become objects and objects meet."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial

import grpc

from servicekit.bus.streams import CAMPAIGNS_MEMBERS, CAMPAIGNS_MOVED, CAMPAIGNS_QUIET_HOURS
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.jobs import Job
from servicekit.rpc.client import open_channel
from servicekit.service import Kit, Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.campaigns.campaigns.events.campaign_moved import CampaignMoved
from services.campaigns.campaigns.events.member_removed import MembersRemoved
from services.campaigns.campaigns.events.quiet_hours_changed import QuietHoursChanged
from services.campaigns.campaigns.jobs.planner import Planner
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.results import Results
from services.campaigns.campaigns.rpc.campaigns import CampaignRpc
from services.campaigns.campaigns.rpc.quick_quote import QuickQuoteRpc
from services.campaigns.campaigns.rpc.quick_send import QuickSendRpc
from services.campaigns.campaigns.rpc.results import CampaignResultRpc
from services.campaigns.campaigns.rpc.trials import CampaignTrialRpc
from services.campaigns.campaigns.support.audience import Audiences
from services.campaigns.campaigns.usecases.pause_campaign import tell_holds
from services.campaigns.campaigns.usecases.plan_turn import PlanOptions, PlanTurn
from services.campaigns.campaigns.usecases.quote_campaign import QuoteCampaign
from services.campaigns.campaigns.usecases.resume_blocked import ResumeBlocked
from services.campaigns.campaigns.usecases.start_due import start_due
from services.campaigns.common.providers.messaging import Messaging
from services.campaigns.common.storage.put_off import PUT_OFF
from services.campaigns.events.providers.event_texts import EventTexts
from services.campaigns.events.rpc.attendees import AttendeeRpc
from services.campaigns.events.rpc.event_sms import EventSmsRpc
from services.campaigns.events.rpc.events import EventRpc
from services.campaigns.events.rpc.notifications import EventNotificationRpc
from services.campaigns.events.rpc.question_sets import QuestionSetRpc
from services.campaigns.events.usecases.forget_texts import forget_texts
from services.campaigns.settings import CampaignsSettings
from services.campaigns.templates.rpc.templates import TemplateRpc
from smsblaster.campaigns.v1 import (
    campaigns_pb2_grpc,
    quick_quote_pb2_grpc,
    quick_send_pb2_grpc,
    results_pb2_grpc,
    templates_pb2_grpc,
    trials_pb2_grpc,
)
from smsblaster.events.v1 import (
    attendees_pb2_grpc,
    events_pb2_grpc,
    notifications_pb2_grpc,
    question_sets_pb2_grpc,
    sms_pb2_grpc,
)


@dataclass(frozen=True, slots=True)
class _Others:
    """The other services, as this one calls them."""

    contacts: Contacts
    messaging: Messaging
    results: Results
    event_texts: EventTexts
    audiences: Audiences

    @classmethod
    def reach(
        cls, kit: Kit, contacts_channel: grpc.aio.Channel, messaging_channel: grpc.aio.Channel
    ) -> "_Others":
        contacts = Contacts(kit.caller, contacts_channel)
        results = Results(kit.caller, messaging_channel)
        return cls(
            contacts=contacts,
            messaging=Messaging(kit.caller, messaging_channel),
            results=results,
            event_texts=EventTexts(kit.caller, messaging_channel),
            audiences=Audiences(kit.database, contacts, results),
        )


async def serve(settings: CampaignsSettings, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set."""
    async with open_kit("campaigns", settings) as kit:
        contacts_channel, messaging_channel = _channels(settings)
        others = _Others.reach(kit, contacts_channel, messaging_channel)
        planner = _planner(kit.database, others, settings)
        parts = Parts(
            register=partial(_register, kit, settings, others),
            consumers=[
                (CAMPAIGNS_MOVED, CampaignMoved(kit.database, planner.wake)),
                (CAMPAIGNS_QUIET_HOURS, QuietHoursChanged(kit.database, planner.wake)),
                (CAMPAIGNS_MEMBERS, MembersRemoved(kit.database)),
            ],
            jobs=_jobs(kit.database, others.messaging, others.event_texts),
            loops=[("planner", planner.run)],
            channels=[contacts_channel, messaging_channel],
            put_off=PUT_OFF,
        )
        await serve_parts(kit, parts, stop, settings.grpc_listen)


async def run_job(settings: CampaignsSettings, name: str) -> bool:
    """Run one job by hand; False where it is running elsewhere."""
    async with open_kit("campaigns", settings) as kit:
        _, channel = _channels(settings)
        async with channel:
            jobs = _jobs(
                kit.database, Messaging(kit.caller, channel), EventTexts(kit.caller, channel)
            )
            return await run_one_job(kit.database, jobs, name)


def _channels(settings: CampaignsSettings) -> tuple[grpc.aio.Channel, grpc.aio.Channel]:
    """Channels to contacts and to messaging."""
    return (
        open_channel(settings.contacts_addr, ["smsblaster.contacts.v1.RecipientService"]),
        open_channel(
            settings.messaging_addr,
            [
                "smsblaster.messaging.v1.DispatchService",
                "smsblaster.messaging.v1.EventTextService",
                "smsblaster.messaging.v1.MessageService",
                "smsblaster.messaging.v1.QuoteService",
                "smsblaster.messaging.v1.ResultService",
            ],
        ),
    )


def _planner(database: Database, others: _Others, settings: CampaignsSettings) -> Planner:
    options = PlanOptions(
        window=settings.plan_window,
        chunk_size=settings.chunk_size,
        lease_seconds=settings.lease_seconds,
        failure_rate=settings.pause_at_failure_rate,
    )
    take_turn = PlanTurn(database, others.audiences, others.messaging, options)
    return Planner(database, take_turn, settings.lease_seconds)


def _jobs(database: Database, messaging: Messaging, texts: EventTexts) -> Sequence[Job]:
    return [
        Job("start-due", partial(start_due, database, messaging), every=timedelta(seconds=1)),
        Job("tell-holds", partial(tell_holds, database, messaging), every=timedelta(seconds=2)),
        Job(
            "resume-blocked",
            ResumeBlocked(database, messaging).resume_all,
            every=timedelta(seconds=5),
        ),
        # 03:00 UTC, as the specification of the SMS history has it.
        Job("forget-event-texts", partial(forget_texts, database, texts), at=time(3)),
    ]


def _register(
    kit: Kit, settings: CampaignsSettings, others: _Others, server: grpc.aio.Server
) -> None:
    contacts, messaging = others.contacts, others.messaging
    cursors = CursorCodec(settings.token_key())
    templates_pb2_grpc.add_TemplateServiceServicer_to_server(
        TemplateRpc(kit.database, cursors, messaging), server
    )
    campaigns_pb2_grpc.add_CampaignServiceServicer_to_server(
        CampaignRpc(kit.database, cursors, contacts, messaging, others.audiences), server
    )
    results_pb2_grpc.add_CampaignResultServiceServicer_to_server(
        CampaignResultRpc(kit.database, others.results), server
    )
    quote = QuoteCampaign(kit.database, others.audiences, messaging, others.results)
    trials_pb2_grpc.add_CampaignTrialServiceServicer_to_server(
        CampaignTrialRpc(kit.database, messaging, quote), server
    )
    quick_quote_pb2_grpc.add_QuickQuoteServiceServicer_to_server(
        QuickQuoteRpc(kit.database, others.results), server
    )
    quick_send_pb2_grpc.add_QuickSendServiceServicer_to_server(
        QuickSendRpc(kit.database, contacts, messaging), server
    )
    _register_events(kit.database, cursors, others, server)


def _register_events(
    database: Database, cursors: CursorCodec, others: _Others, server: grpc.aio.Server
) -> None:
    contacts, messaging = others.contacts, others.messaging
    events_pb2_grpc.add_EventServiceServicer_to_server(
        EventRpc(database, cursors, messaging), server
    )
    attendees_pb2_grpc.add_AttendeeServiceServicer_to_server(
        AttendeeRpc(database, cursors, contacts, others.event_texts), server
    )
    question_sets_pb2_grpc.add_QuestionSetServiceServicer_to_server(
        QuestionSetRpc(database, cursors, messaging), server
    )
    notifications_pb2_grpc.add_EventNotificationServiceServicer_to_server(
        EventNotificationRpc(database, cursors, messaging), server
    )
    sms_pb2_grpc.add_EventSmsServiceServicer_to_server(
        EventSmsRpc(database, others.event_texts), server
    )
