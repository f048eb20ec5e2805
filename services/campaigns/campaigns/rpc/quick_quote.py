"""Serve ``QuickQuoteService``: the price of a single message."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.server import Context
from services.campaigns.campaigns.domain.drafts import one_text
from services.campaigns.campaigns.providers.quotes import QuotedText, Quotes
from services.campaigns.campaigns.support.campaign_text import single_text
from smsblaster.campaigns.v1 import quick_quote_pb2, quick_quote_pb2_grpc
from smsblaster.messaging.v1 import quote_pb2

_DEFAULT_COUNTRY = "US"


class QuickQuoteRpc(quick_quote_pb2_grpc.QuickQuoteServiceServicer):
    """Returns the prices of single messages."""

    def __init__(self, database: Database, quotes: Quotes) -> None:
        self._database = database
        self._quotes = quotes

    async def QuoteText(
        self, request: quick_quote_pb2.QuoteTextRequest, context: Context
    ) -> quote_pb2.Quote:
        """Render one message and return its price."""
        org_id = identity.current().require_org()
        message = request.message if request.HasField("message") else None
        source = one_text(message, parse_id(request.template_id))
        body = await single_text(self._database, org_id, source, request.variables)
        countries = list(request.countries) or [_DEFAULT_COUNTRY]
        text = QuotedText(body, bool(request.media_urls), request.from_number or None)
        return await self._quotes.quote(text, list(request.numbers), countries)
