"""Quote a campaign: its text rendered for everybody it is for, and priced."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from servicekit.identity import Identity, acting_as
from services.campaigns.domain.quotes import Destination, Sum
from services.campaigns.domain.recipients import chunk_of
from services.campaigns.domain.templates import Template, parse
from services.campaigns.providers.results import Results
from services.campaigns.storage.plans import audience_of
from services.campaigns.usecases.audience import Audiences, Page
from services.campaigns.usecases.try_campaign import campaign_and_text
from smsblaster.messaging.v1 import quote_pb2

_PAGE = 1000
_LOOKED_AT = 20_000
_OPTED_OUT = "opted_out"


@dataclass(frozen=True, slots=True)
class Quoted:
    """The sums over the recipients, and the quote of the text as it is written."""

    text: quote_pb2.Quote
    sum: Sum


class QuoteCampaign:
    """Quotes campaigns. Nothing is stored, charged or sent."""

    def __init__(self, database: Database, audiences: Audiences, results: Results) -> None:
        self._database = database
        self._audiences = audiences
        self._results = results

    async def __call__(self, org_id: UUID, campaign_id: UUID) -> Quoted:
        """What the campaign would cost now.

        Raises ``CrossOrgAccess`` or ``NotFound``; ``Conflict`` where its list or template is gone;
        ``InvalidInput`` where contacts can't fill its text.
        """
        campaign, text = await campaign_and_text(self._database, org_id, campaign_id)
        # Who created it pays, whoever asks.
        with acting_as(Identity("campaigns", org_id, campaign["created_by"])):
            quoted = Quoted(await self._results.quote(text, ()), Sum())
            try:
                await self._add_audience(quoted.sum, campaign, text)
            except NotFound:
                message = "Its contact list is deleted. Choose another."
                raise Conflict(message, "campaign_not_startable") from None
        return quoted

    async def _add_audience(self, total: Sum, campaign: RowMapping, text: str) -> None:
        audience, template = audience_of(campaign), parse(text, "message")
        after: UUID | None = None
        for _ in range(_LOOKED_AT // _PAGE):
            page = await self._audiences.page(campaign["org_id"], audience, after, _PAGE)
            if page.last is None:
                total.complete = True
                return
            await self._add_page(total, page, template, text)
            after = page.last

    async def _add_page(self, total: Sum, page: Page, template: Template, text: str) -> None:
        chunk = chunk_of(page.recipients, template)
        total.opted_out += chunk.opted_out
        total.invalid += chunk.blank
        if not chunk.texts:
            return
        quote = await self._results.quote(text, chunk.texts)
        stopped = sum(refusal.code == _OPTED_OUT for refusal in quote.refusals)
        total.opted_out += stopped
        total.invalid += len(quote.refusals) - stopped
        for each in quote.destinations:
            total.add(_destination(each))


def _destination(quoted: quote_pb2.DestinationQuote) -> Destination:
    return Destination(
        country=quoted.country,
        cents_per_segment=quoted.cents_per_segment,
        recipients=quoted.recipients,
        segments=quoted.segments,
        min_price_cents=quoted.min_price_cents,
        max_price_cents=quoted.max_price_cents,
        total_cents=quoted.total_cents,
    )
