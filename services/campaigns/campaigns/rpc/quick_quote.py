"""Serve ``QuickQuoteService``: the price of a single message or of a batch."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.server import Context
from services.campaigns.campaigns.domain.drafts import one_text
from services.campaigns.campaigns.providers.quotes import QuotedText, Quotes
from services.campaigns.campaigns.rpc.batches import batch_of
from services.campaigns.campaigns.support.campaign_text import single_text
from services.campaigns.campaigns.support.fill_batch import FillBatch
from smsblaster.campaigns.v1 import quick_quote_pb2, quick_quote_pb2_grpc
from smsblaster.messaging.v1 import quote_pb2

_DEFAULT_COUNTRY = "US"


class QuickQuoteRpc(quick_quote_pb2_grpc.QuickQuoteServiceServicer):
    """Returns the prices of single messages and of batches."""

    def __init__(self, database: Database, fill: FillBatch, quotes: Quotes) -> None:
        self._database = database
        self._fill = fill
        self._quotes = quotes

    async def QuoteText(
        self, request: quick_quote_pb2.QuoteTextRequest, context: Context
    ) -> quote_pb2.Quote:
        """Render one message, or those of a batch, and return the price."""
        org_id = identity.current().require_org()
        if request.recipients:
            filled = await self._fill.fill(org_id, batch_of(request))
            pictures, sender = bool(request.media_urls), request.from_number or None
            return await self._quotes.quote_batch(filled, pictures=pictures, from_number=sender)
        message = request.message if request.HasField("message") else None
        source = one_text(message, parse_id(request.template_id))
        body = await single_text(self._database, org_id, source, request.variables)
        countries = list(request.countries) or [_DEFAULT_COUNTRY]
        text = QuotedText(body, bool(request.media_urls), request.from_number or None)
        return await self._quotes.quote(text, list(request.numbers), countries)
