"""Serve ``CampaignTrialService``: test sends and quotes."""

from uuid import UUID

from servicekit import identity
from servicekit.rpc.server import Context
from services.campaigns.campaigns.rpc.quotes import campaign_quote, seconds_to_count
from services.campaigns.campaigns.usecases.quote_campaign import QuoteCampaign
from services.campaigns.campaigns.usecases.send_test_message import (
    CampaignTestSend,
    SendTestMessage,
)
from smsblaster.campaigns.v1 import trials_pb2, trials_pb2_grpc
from smsblaster.messaging.v1 import messages_pb2


class CampaignTestSendRpc(trials_pb2_grpc.CampaignTrialServiceServicer):
    """Sends a campaign to oneself as a test, and returns the prices of campaigns and retries."""

    def __init__(self, send_test: SendTestMessage, quote: QuoteCampaign) -> None:
        self._send_test = send_test
        self._quote = quote

    async def TestCampaign(
        self, request: trials_pb2.TestCampaignRequest, context: Context
    ) -> messages_pb2.Message:
        """Send the campaign's text to one phone number as a test."""
        test = CampaignTestSend(UUID(request.id), request.to, request.sample_data)
        org_id = identity.current().require_org()
        return await self._send_test.send(org_id, test)

    async def QuoteCampaign(
        self, request: trials_pb2.QuoteCampaignRequest, context: Context
    ) -> trials_pb2.CampaignQuote:
        """Return the price of sending the campaign."""
        org_id, seconds = identity.current().require_org(), seconds_to_count(context)
        return campaign_quote(
            request.id, await self._quote.quote(org_id, UUID(request.id), seconds)
        )

    async def QuoteRetry(
        self, request: trials_pb2.QuoteRetryRequest, context: Context
    ) -> trials_pb2.CampaignQuote:
        """Return the price of retrying the campaign."""
        org_id, seconds = identity.current().require_org(), seconds_to_count(context)
        quoted = await self._quote.quote_retry(
            org_id, UUID(request.id), request.retryable_only, seconds
        )
        return campaign_quote(request.id, quoted)
