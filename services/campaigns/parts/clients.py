"""Clients of contacts and messaging."""

from dataclasses import dataclass

import grpc

from servicekit.rpc.client import open_channel
from servicekit.rpc.tls import Tls
from servicekit.service import Kit
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.providers.messages import Messages
from services.campaigns.campaigns.providers.quotes import Quotes
from services.campaigns.campaigns.providers.results import Results
from services.campaigns.campaigns.support.audience import Audiences
from services.campaigns.campaigns.support.price_audience import PriceAudience
from services.campaigns.events.providers.attendee_messages import AttendeeMessages
from services.campaigns.events.support.event_audience import EventAudience
from services.campaigns.settings import CampaignsSettings
from services.campaigns.templates.providers.text_sizes import TextSizes


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients of the contacts and messaging services, and the channels that they share."""

    contacts: Contacts
    dispatch: Dispatch
    messages: Messages
    quotes: Quotes
    results: Results
    text_sizes: TextSizes
    attendee_messages: AttendeeMessages
    audiences: Audiences
    prices: PriceAudience
    channels: tuple[grpc.aio.Channel, ...]

    @classmethod
    def open(cls, kit: Kit, settings: CampaignsSettings) -> "Clients":
        """Open the connections to the contacts and messaging services."""
        to_contacts = open_channel(
            settings.contacts_addr, ["smsblaster.contacts.v1.RecipientService"], tls=kit.tls
        )
        to_messaging = _open_messaging(settings, kit.tls)
        contacts = Contacts(kit.rpc, to_contacts)
        results = Results(kit.rpc, to_messaging)
        quotes = Quotes(kit.rpc, to_messaging)
        audiences = Audiences(
            kit.database, contacts, results, EventAudience(kit.database, contacts)
        )
        return cls(
            contacts=contacts,
            dispatch=Dispatch(kit.rpc, to_messaging),
            messages=Messages(kit.rpc, to_messaging),
            quotes=quotes,
            results=results,
            text_sizes=TextSizes(kit.rpc, to_messaging),
            attendee_messages=AttendeeMessages(kit.rpc, to_messaging),
            audiences=audiences,
            prices=PriceAudience(audiences, quotes),
            channels=(to_contacts, to_messaging),
        )

    async def close(self) -> None:
        """Close the connections."""
        for channel in self.channels:
            await channel.close()


def _open_messaging(settings: CampaignsSettings, tls: Tls | None) -> grpc.aio.Channel:
    return open_channel(
        settings.messaging_addr,
        [
            "smsblaster.messaging.v1.BatchService",
            "smsblaster.messaging.v1.DispatchService",
            "smsblaster.messaging.v1.EventTextService",
            "smsblaster.messaging.v1.MessageService",
            "smsblaster.messaging.v1.QuoteService",
            "smsblaster.messaging.v1.ResultService",
        ],
        tls=tls,
    )
