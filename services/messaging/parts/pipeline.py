"""Wire up the objects that accept, send and receive messages."""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc

from servicekit.callbacks import CallbackNames
from servicekit.rpc.client import open_channel
from servicekit.service import Kit
from servicekit.vault import envelope_of
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.providers.twilio_times import TwilioTimes
from services.messaging.inbox.support.conversation_updates import ConversationUpdates
from services.messaging.inbox.support.stop_and_start import StopAndStart
from services.messaging.inbox.usecases.receive_message import ReceiveMessage
from services.messaging.sending.providers.balance import Balances
from services.messaging.sending.providers.charges import Charges
from services.messaging.sending.providers.prices import PriceList
from services.messaging.sending.providers.twilio_messages import TwilioMessages
from services.messaging.sending.providers.twilio_reader import TwilioReader
from services.messaging.sending.storage.claims import Pace
from services.messaging.sending.support.accept_messages import AcceptMessages
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.support.due_refunds import DueRefunds
from services.messaging.sending.support.hand_over import HandOver
from services.messaging.sending.support.registered_senders import RegisteredSenders
from services.messaging.sending.support.scheduling import Scheduling
from services.messaging.sending.usecases.apply_reports import ApplyReports
from services.messaging.sending.usecases.quote_messages import QuoteMessages
from services.messaging.sending.usecases.send_message import SendMessage
from services.messaging.settings import SenderSettings
from smsblaster.billing.v1 import charges_pb2_grpc, payers_pb2_grpc
from smsblaster.contacts.v1 import recipients_pb2_grpc

BILLING_SERVICES = (
    "smsblaster.billing.v1.ChargeService",
    "smsblaster.billing.v1.PayerService",
    "smsblaster.billing.v1.NumberChargeService",
)
CONTACTS_SERVICES = ("smsblaster.contacts.v1.RecipientService",)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The objects that accept, send and receive messages, for server, sender processes and jobs."""

    kit: Kit
    settings: SenderSettings
    billing: grpc.aio.Channel
    contacts: grpc.aio.Channel
    accounts: SendingAccounts
    recipients: Recipients
    refunds: DueRefunds
    charge_stub: "charges_pb2_grpc.ChargeServiceAsyncStub"
    charges: Charges
    senders: RegisteredSenders
    accept: AcceptMessages
    prices: PriceList
    terms: CurrentTerms
    twilio: TwilioMessages
    reader: TwilioReader
    times: TwilioTimes

    @classmethod
    def build(cls, kit: Kit, settings: SenderSettings) -> "Pipeline":
        """Build the objects from the settings. Must be called in the running event loop."""
        billing = open_channel(settings.billing_addr, BILLING_SERVICES, tls=kit.tls)
        contacts = open_channel(settings.contacts_addr, CONTACTS_SERVICES, tls=kit.tls)
        charge_stub = charges_pb2_grpc.ChargeServiceStub(billing)
        charges = Charges(kit.rpc, charge_stub)
        senders = RegisteredSenders(kit.database, required=settings.require_a2p)
        prices = PriceList(kit.rpc, charge_stub)
        callbacks = f"{settings.public_webhooks_url}/api/webhooks/twilio-status"
        return cls(
            kit=kit,
            settings=settings,
            billing=billing,
            contacts=contacts,
            accounts=SendingAccounts(kit.database, envelope_of(settings)),
            recipients=Recipients(kit.rpc, recipients_pb2_grpc.RecipientServiceStub(contacts)),
            refunds=DueRefunds(kit.database, charges),
            charge_stub=charge_stub,
            charges=charges,
            senders=senders,
            accept=AcceptMessages(kit.database, charges, senders),
            prices=prices,
            terms=CurrentTerms(kit.database, prices),
            twilio=TwilioMessages(
                settings.twilio_base_url,
                callbacks,
                CallbackNames(*settings.token_keys()),
                settings.send_concurrency,
            ),
            reader=TwilioReader(settings.twilio_base_url),
            times=TwilioTimes(settings.twilio_base_url),
        )

    @property
    def channels(self) -> Sequence[grpc.aio.Channel]:
        """The gRPC channels to other services."""
        return (self.billing, self.contacts)

    def hand_over(self) -> HandOver:
        """Return the use case that hands claimed messages to Twilio."""
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

    def send_message(self) -> SendMessage:
        """Return the use case that sends a single message."""
        return SendMessage(
            self.kit.database,
            self.accept,
            self.hand_over(),
            self.recipients,
            self.terms,
            ConversationUpdates(),
            self.settings.require_verified_email,
        )

    def quote(self) -> QuoteMessages:
        """Return the use case that prices messages."""
        return QuoteMessages(self.kit.database, self.recipients, self.terms, self.senders)

    def balances(self) -> Balances:
        """Return the client that asks for balances."""
        return Balances(self.kit.rpc, payers_pb2_grpc.PayerServiceStub(self.billing))

    def scheduling(self) -> Scheduling:
        """Return the object that stores messages which are sent later."""
        return Scheduling(
            self.kit.database,
            self.accounts,
            self.recipients,
            self.terms,
            self.settings.require_verified_email,
        )

    def apply(self) -> ApplyReports:
        """Return the use case that applies delivery reports."""
        return ApplyReports(self.recipients, self.refunds, self.settings.poll_after_seconds)

    def receive(self) -> ReceiveMessage:
        """Return the use case that receives messages."""
        stop_and_start = StopAndStart(self.recipients, self.times, self.accounts)
        return ReceiveMessage(self.kit.database, self.recipients, stop_and_start)

    async def close(self) -> None:
        """Close the connections to Twilio."""
        await self.twilio.close()
        await self.reader.close()
        await self.times.close()
