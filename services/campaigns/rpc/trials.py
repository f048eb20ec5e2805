"""``CampaignTrialService``."""

from dataclasses import asdict
from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.campaigns.providers.messaging import Messaging
from services.campaigns.usecases.quote_campaign import QuoteCampaign, Quoted
from services.campaigns.usecases.try_campaign import Trial, try_campaign
from smsblaster.campaigns.v1 import trials_pb2, trials_pb2_grpc
from smsblaster.messaging.v1 import messages_pb2, quote_pb2


class CampaignTrialRpc(trials_pb2_grpc.CampaignTrialServiceServicer):
    """Serves what one wants to know before a campaign is sent."""

    def __init__(self, database: Database, messaging: Messaging, quote: QuoteCampaign) -> None:
        self._database = database
        self._messaging = messaging
        self._quote = quote

    async def TestCampaign(
        self, request: trials_pb2.TestCampaignRequest, context: Context
    ) -> messages_pb2.Message:
        """Send the campaign's text to one number."""
        trial = Trial(UUID(request.id), request.to, request.sample_data)
        org_id = identity.current().require_org()
        return await try_campaign(self._database, self._messaging, org_id, trial)

    async def QuoteCampaign(
        self, request: trials_pb2.QuoteCampaignRequest, context: Context
    ) -> trials_pb2.CampaignQuote:
        """What the campaign would cost."""
        quoted = await self._quote(identity.current().require_org(), UUID(request.id))
        return _quote(request.id, quoted)


def _quote(campaign_id: str, quoted: Quoted) -> trials_pb2.CampaignQuote:
    text, total = quoted.text, quoted.sum
    return trials_pb2.CampaignQuote(
        campaign_id=campaign_id,
        encoding=text.encoding,
        forcing_characters=text.forcing_characters,
        destinations=[
            fill(quote_pb2.DestinationQuote(), asdict(total.destinations[country]))
            for country in sorted(total.destinations)
        ],
        recipients=total.recipients,
        opted_out=total.opted_out,
        invalid=total.invalid,
        total_cents=total.total_cents,
        balance_cents=text.balance_cents,
        balance_covers=total.total_cents <= text.balance_cents,
        complete=total.complete,
    )
