"""Messaging put together: the only place where settings become objects and objects meet."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import grpc

from servicekit.bus.streams import MESSAGING_COMPLIANCE, MESSAGING_INCOMING, MESSAGING_STATUS
from servicekit.crypto import Envelope, Keyring
from servicekit.cursors import CursorCodec
from servicekit.jobs import Job, forget_handled
from servicekit.rpc.client import open_channel
from servicekit.service import Kit, Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.messaging.events.send_jobs import SendJobs
from services.messaging.events.twilio_compliance import TwilioCompliance
from services.messaging.events.twilio_incoming import TwilioIncoming
from services.messaging.events.twilio_status import TwilioStatus
from services.messaging.jobs import sweepers
from services.messaging.jobs.poll_inbound import PollInbound
from services.messaging.jobs.poll_open import PollOpen
from services.messaging.jobs.resolve_unknown import ResolveUnknown
from services.messaging.providers.twilio_control import Callbacks, TwilioControl
from services.messaging.providers.twilio_lookup import TwilioLookup
from services.messaging.providers.twilio_messages import TwilioMessages
from services.messaging.rpc.accounts import SubaccountRpc
from services.messaging.rpc.dispatch import DispatchRpc
from services.messaging.rpc.messages import MessageRpc
from services.messaging.rpc.numbers import NumberRpc
from services.messaging.rpc.services import MessagingServiceRpc
from services.messaging.rpc.threads import ThreadRpc
from services.messaging.settings import MessagingSettings, SenderSettings
from services.messaging.storage.sending import Pace
from services.messaging.usecases.accept_messages import AcceptMessages
from services.messaging.usecases.add_number import AddNumber
from services.messaging.usecases.apply_reports import ApplyReports
from services.messaging.usecases.create_messaging_service import CreateMessagingService
from services.messaging.usecases.create_subaccount import CreateSubaccount
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.drain import Drain
from services.messaging.usecases.hand_over import HandOver
from services.messaging.usecases.pricing import PriceList
from services.messaging.usecases.provision_numbers import ProvisionNumbers
from services.messaging.usecases.receive_inbound import ReceiveInbound
from services.messaging.usecases.recipients import Recipients
from services.messaging.usecases.refund_messages import RefundMessages
from services.messaging.usecases.release_number import ReleaseNumber
from services.messaging.usecases.send_batch import SendBatch
from services.messaging.usecases.send_message import SendMessage
from services.messaging.usecases.setup_lease import SetupLeases
from services.messaging.usecases.submit_chunk import SubmitChunk
from services.messaging.usecases.update_messaging_service import UpdateMessagingService
from smsblaster.billing.v1 import charges_pb2_grpc
from smsblaster.contacts.v1 import recipients_pb2_grpc
from smsblaster.messaging.v1 import (
    accounts_pb2_grpc,
    dispatch_pb2_grpc,
    messages_pb2_grpc,
    numbers_pb2_grpc,
    services_pb2_grpc,
    threads_pb2_grpc,
)

BILLING_SERVICES = ("smsblaster.billing.v1.ChargeService",)
CONTACTS_SERVICES = ("smsblaster.contacts.v1.RecipientService",)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the pipeline of messages is made of, for the server, the senders and the jobs."""

    kit: Kit
    settings: SenderSettings
    channels: Sequence[grpc.aio.Channel]
    accounts: SendingAccounts
    recipients: Recipients
    refunds: RefundMessages
    accept: AcceptMessages
    prices: PriceList
    twilio: TwilioMessages
    lookup: TwilioLookup

    @classmethod
    def build(cls, kit: Kit, settings: SenderSettings) -> "Pipeline":
        """Build it. Within the running loop."""
        billing = open_channel(settings.billing_addr, BILLING_SERVICES)
        contacts = open_channel(settings.contacts_addr, CONTACTS_SERVICES)
        charges = charges_pb2_grpc.ChargeServiceStub(billing)
        envelope = Envelope(Keyring.parse(settings.keyring.get_secret_value()))
        callbacks = f"{settings.public_webhooks_url}/api/webhooks/twilio-status"
        return cls(
            kit=kit,
            settings=settings,
            channels=(billing, contacts),
            accounts=SendingAccounts(kit.database, envelope),
            recipients=Recipients(kit.caller, recipients_pb2_grpc.RecipientServiceStub(contacts)),
            refunds=RefundMessages(kit.database, kit.caller, charges),
            accept=AcceptMessages(kit.database, kit.caller, charges),
            prices=PriceList(kit.caller, charges),
            twilio=TwilioMessages(settings.twilio_base_url, callbacks, settings.send_concurrency),
            lookup=TwilioLookup(settings.twilio_base_url),
        )

    def hand_over(self) -> HandOver:
        """What sends claimed messages."""
        settings = self.settings
        pace = Pace(settings.send_batch, settings.send_lease_seconds, settings.send_rate)
        return HandOver(
            self.kit.database,
            self.twilio,
            self.accounts,
            self.recipients,
            self.refunds,
            pace,
            settings.poll_after_seconds,
        )

    def apply(self) -> ApplyReports:
        """What applies the provider's word."""
        return ApplyReports(self.recipients, self.refunds, self.settings.poll_after_seconds)

    def receive(self) -> ReceiveInbound:
        """What receives texts."""
        return ReceiveInbound(self.kit.database, self.recipients)

    async def close(self) -> None:
        """Close the connections to Twilio."""
        await self.twilio.close()
        await self.lookup.close()


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
            jobs=_jobs(pipeline),
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
            return await run_one_job(kit.database, _jobs(pipeline), name)
        finally:
            await pipeline.close()


def _jobs(pipeline: Pipeline) -> Sequence[Job]:
    database, settings = pipeline.kit.database, pipeline.settings
    resolve = ResolveUnknown(
        database,
        pipeline.lookup,
        pipeline.accounts,
        pipeline.apply(),
        settings.unknown_horizon_seconds,
    )
    poll_open = PollOpen(
        database,
        pipeline.lookup,
        pipeline.accounts,
        pipeline.apply(),
        settings.poll_after_seconds,
    )
    poll_inbound = PollInbound(database, pipeline.lookup, pipeline.accounts, pipeline.receive())
    refunds = pipeline.refunds
    poll_every = timedelta(seconds=min(60, settings.poll_after_seconds))
    return [
        Job(
            "ring-doorbells",
            partial(sweepers.ring_doorbells, database, pipeline.kit.bus),
            every=timedelta(seconds=2),
        ),
        Job(
            "expire-leases",
            partial(sweepers.expire_leases, database),
            every=timedelta(seconds=2),
        ),
        Job("resolve-unknown", resolve, every=timedelta(seconds=1)),
        Job(
            "collect-refunds",
            partial(sweepers.collect_refunds, database, refunds),
            every=timedelta(seconds=10),
        ),
        Job(
            "give-up-abandoned",
            partial(sweepers.give_up_abandoned, database, refunds),
            every=timedelta(minutes=1),
        ),
        Job("poll-open", poll_open, every=poll_every),
        Job("poll-inbound", poll_inbound, every=poll_every),
        Job("forget-handled", partial(forget_handled, database)),
    ]


def _register(pipeline: Pipeline, control: TwilioControl, server: grpc.aio.Server) -> None:
    _register_messages(pipeline, server)
    _register_setup(pipeline, control, server)


def _register_messages(pipeline: Pipeline, server: grpc.aio.Server) -> None:
    database = pipeline.kit.database
    cursors = CursorCodec(pipeline.settings.token_key())
    submit = SubmitChunk(database, pipeline.accept, pipeline.prices, pipeline.accounts)
    send_message = SendMessage(
        database, pipeline.accept, pipeline.hand_over(), pipeline.recipients, pipeline.prices
    )
    send_batch = SendBatch(pipeline.accept, pipeline.accounts, pipeline.recipients, pipeline.prices)
    messages_pb2_grpc.add_MessageServiceServicer_to_server(
        MessageRpc(database, send_message, send_batch), server
    )
    dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(
        DispatchRpc(database, submit, pipeline.accounts), server
    )
    threads_pb2_grpc.add_ThreadServiceServicer_to_server(ThreadRpc(database, cursors), server)


def _register_setup(pipeline: Pipeline, control: TwilioControl, server: grpc.aio.Server) -> None:
    database, accounts = pipeline.kit.database, pipeline.accounts
    webhooks = f"{pipeline.settings.public_webhooks_url}/api/webhooks"
    callbacks = Callbacks(f"{webhooks}/twilio-status", f"{webhooks}/twilio-incoming")
    leases = SetupLeases(database)
    accounts_pb2_grpc.add_SubaccountServiceServicer_to_server(
        SubaccountRpc(database, CreateSubaccount(database, control, accounts, leases), accounts),
        server,
    )
    numbers_pb2_grpc.add_NumberServiceServicer_to_server(
        NumberRpc(
            database,
            ProvisionNumbers(database, control, accounts, leases),
            ReleaseNumber(database, control, accounts),
        ),
        server,
    )
    services_pb2_grpc.add_MessagingServiceServiceServicer_to_server(
        MessagingServiceRpc(
            database,
            CreateMessagingService(database, control, accounts, leases, callbacks),
            AddNumber(database, control, accounts),
            UpdateMessagingService(database, control, accounts),
        ),
        server,
    )
