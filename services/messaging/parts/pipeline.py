"""The pipeline of messages, put together for the server, the senders and the jobs."""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc

from servicekit.crypto import Envelope, Keyring
from servicekit.rpc.client import open_channel
from servicekit.service import Kit
from services.messaging.providers.twilio_lookup import TwilioLookup
from services.messaging.providers.twilio_messages import TwilioMessages
from services.messaging.settings import SenderSettings
from services.messaging.storage.sending import Pace
from services.messaging.usecases.accept_messages import AcceptMessages
from services.messaging.usecases.apply_reports import ApplyReports
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.hand_over import HandOver
from services.messaging.usecases.pricing import PriceList
from services.messaging.usecases.receive_inbound import ReceiveInbound
from services.messaging.usecases.recipients import Recipients
from services.messaging.usecases.refund_messages import RefundMessages
from smsblaster.billing.v1 import charges_pb2_grpc
from smsblaster.contacts.v1 import recipients_pb2_grpc

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
