"""Serve ``CampaignTrialService``: test sends and quotes."""

import math
from uuid import UUID

from servicekit import identity
from servicekit.rpc.client import DEFAULT_TIMEOUT
from servicekit.rpc.server import Context
from services.campaigns.campaigns.domain.recipients import Recipient
from services.campaigns.campaigns.domain.samples import Preview
from services.campaigns.campaigns.usecases.quote_campaign import QuoteCampaign, Quoted
from services.campaigns.campaigns.usecases.send_test_message import (
    CampaignTestSend,
    SendTestMessage,
)
from smsblaster.campaigns.v1 import trials_pb2, trials_pb2_grpc
from smsblaster.messaging.v1 import messages_pb2


class CampaignTestSendRpc(trials_pb2_grpc.CampaignTrialServiceServicer):
    """Lets users check a campaign before it is sent."""

    def __init__(self, send_test: SendTestMessage, quote: QuoteCampaign) -> None:
        self._send_test = send_test
        self._quote = quote

    async def TestCampaign(
        self, request: trials_pb2.TestCampaignRequest, context: Context
    ) -> messages_pb2.Message:
        """Send the campaign's text to one number."""
        test = CampaignTestSend(UUID(request.id), request.to, request.sample_data)
        org_id = identity.current().require_org()
        return await self._send_test.send(org_id, test)

    async def QuoteCampaign(
        self, request: trials_pb2.QuoteCampaignRequest, context: Context
    ) -> trials_pb2.CampaignQuote:
        """Return the price of sending the campaign."""
        org_id, seconds = identity.current().require_org(), _seconds_to_count(context)
        return _quote(request.id, await self._quote.quote(org_id, UUID(request.id), seconds))

    async def QuoteRetry(
        self, request: trials_pb2.QuoteRetryRequest, context: Context
    ) -> trials_pb2.CampaignQuote:
        """Return the price of retrying the campaign."""
        org_id, seconds = identity.current().require_org(), _seconds_to_count(context)
        quoted = await self._quote.quote_retry(
            org_id, UUID(request.id), request.retryable_only, seconds
        )
        return _quote(request.id, quoted)


def _seconds_to_count(context: Context) -> float:
    """Return the seconds for counting recipients. The rest is for the last page and the prices."""
    remaining = context.time_remaining()
    return math.inf if remaining is None else remaining - DEFAULT_TIMEOUT


def _quote(campaign_id: str, quoted: Quoted) -> trials_pb2.CampaignQuote:
    text, tally, destinations = quoted.text, quoted.tally, quoted.prices.destinations
    total_cents = sum(destination.total_cents for destination in destinations)
    return trials_pb2.CampaignQuote(
        campaign_id=campaign_id,
        encoding=text.encoding,
        forcing_characters=text.forcing_characters,
        destinations=destinations,
        recipients=sum(destination.recipients for destination in destinations),
        opted_out=tally.opted_out,
        invalid=tally.invalid + quoted.prices.refused,
        total_cents=total_cents,
        balance_cents=text.balance_cents,
        payer=text.payer,
        balance_covers=total_cents <= text.balance_cents,
        complete=quoted.complete,
        looked_at=tally.looked_at,
        price_version=quoted.price_version,
        foreign_placeholders=quoted.foreign_placeholders,
        previews=[_preview(each) for each in tally.samples.previews],
        empty_variables=[
            trials_pb2.EmptyVariable(
                name=name,
                recipients=found.recipients,
                examples=[_example(recipient) for recipient in found.examples],
            )
            for name, found in tally.samples.empty.items()
        ],
    )


def _preview(preview: Preview) -> trials_pb2.RecipientPreview:
    message = preview.message
    return trials_pb2.RecipientPreview(
        contact_id=str(message.contact_id),
        to=message.phone,
        message=message.body,
        segments=preview.segments,
    )


def _example(recipient: Recipient) -> trials_pb2.ExampleRecipient:
    return trials_pb2.ExampleRecipient(
        contact_id=str(recipient.contact_id),
        to=recipient.phone,
        first_name=recipient.values["firstName"] or None,
        last_name=recipient.values["lastName"] or None,
    )
