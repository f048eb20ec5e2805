"""`QuoteService`: what messages would cost."""

from collections.abc import Iterable

from servicekit import identity
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.server import Context
from servicekit.segments import measure
from services.messaging.accounts.storage import messaging_services
from services.messaging.sending.domain.batches import same_text
from services.messaging.sending.domain.quotes import Destination, TextCount, forcing_characters
from services.messaging.sending.domain.terms import Terms
from services.messaging.sending.providers.balance import Balances, PayingBalance
from services.messaging.sending.rpc.terms import terms_message, terms_of
from services.messaging.sending.storage import messages
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.usecases.quote_counts import QuoteCounts
from services.messaging.sending.usecases.quote_messages import Quoted, QuotedText, QuoteMessages
from smsblaster.messaging.v1 import quote_pb2, quote_pb2_grpc

_ENCODINGS = {"GSM-7": quote_pb2.ENCODING_GSM7, "UCS-2": quote_pb2.ENCODING_UCS2}


class QuoteRpc(quote_pb2_grpc.QuoteServiceServicer):
    """Serves quotes: what messages would cost."""

    def __init__(
        self,
        database: Database,
        terms: CurrentTerms,
        quote: QuoteMessages,
        counts: QuoteCounts,
        balances: Balances,
    ) -> None:
        self._database = database
        self._terms = terms
        self._quote = quote
        self._counts = counts
        self._balances = balances

    async def QuoteTexts(
        self, request: quote_pb2.QuoteTextsRequest, context: Context
    ) -> quote_pb2.Quote:
        """Return the price of a message to phone numbers, or to one recipient in each country."""
        org_id = identity.current().require_org()
        text = QuotedText(request.body, request.pictures, request.from_number or None)
        balance = await self._balances.paying(parse_id(request.payer_id))
        if request.recipients or not request.countries:
            entries = same_text(recipient.to for recipient in request.recipients)
            quoted = await self._quote.quote(org_id, text, entries, _confirmed(request))
        else:
            quoted = await self._quote.prices_only(org_id, text, list(request.countries))
        return quote_message(request.body, quoted, balance)

    async def QuoteCounts(
        self, request: quote_pb2.QuoteCountsRequest, context: Context
    ) -> quote_pb2.QuoteCountsResponse:
        """Return the price of messages that are given as counts by country and length."""
        counts = [TextCount(c.country, c.segments, c.texts) for c in request.counts]
        org_id = identity.current().require_org()
        pictures = request.pictures
        priced = await self._counts.quote(org_id, counts, _confirmed(request), pictures=pictures)
        return quote_pb2.QuoteCountsResponse(
            destinations=_destinations(priced.destinations),
            refused=sum(refused.messages for refused in priced.refused),
            refusals=[
                quote_pb2.CountryRefusal(
                    country=refused.country,
                    code=refused.why.code,
                    message=refused.why.message,
                    recipients=refused.messages,
                )
                for refused in priced.refused
            ],
        )

    async def GetTerms(
        self, request: quote_pb2.GetTermsRequest, context: Context
    ) -> quote_pb2.SendingTerms:
        """Return the current terms: prices, rules for counting segments, limits."""
        terms = terms_message(await self._terms.of_org(identity.current().require_org()))
        terms.payer = (await self._balances.paying()).payer
        return terms

    async def MeasureText(
        self, request: quote_pb2.MeasureTextRequest, context: Context
    ) -> quote_pb2.TextSize:
        """Return the encoding and the segments of a text."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            smart_encoding = await messaging_services.encodes_smartly(connection, org_id)
        size = measure(request.body, smart_encoding=smart_encoding)
        return quote_pb2.TextSize(
            encoding=_ENCODINGS[size.encoding], units=size.units, segments=size.segments
        )

    async def ListOwnNumbers(
        self, request: quote_pb2.ListOwnNumbersRequest, context: Context
    ) -> quote_pb2.ListOwnNumbersResponse:
        """List the organisation's own phone numbers, to which it can't send."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            numbers = await messages.own_numbers(connection, org_id)
        return quote_pb2.ListOwnNumbersResponse(phone_numbers=numbers)


def _confirmed(request: quote_pb2.QuoteTextsRequest | quote_pb2.QuoteCountsRequest) -> Terms | None:
    return terms_of(request.terms) if request.HasField("terms") else None


def quote_message(body: str, quoted: Quoted, balance: PayingBalance) -> quote_pb2.Quote:
    """Convert a quote to protobuf. `body` is the text whose size the quote shows."""
    size = measure(body, smart_encoding=quoted.terms.smart_encoding)
    return quote_pb2.Quote(
        encoding=_ENCODINGS[size.encoding],
        units=size.units,
        segments=size.segments,
        forcing_characters=[
            quote_pb2.ForcingCharacter(character=f.character, positions=f.positions)
            for f in forcing_characters(body, size.forcing_characters)
        ],
        destinations=_destinations(quoted.destinations.values()),
        recipients=sum(d.recipients for d in quoted.destinations.values()),
        total_cents=quoted.total_cents,
        refusals=[
            quote_pb2.QuoteRefusal(
                to=entry.number,
                code=refused.why.code,
                message=refused.why.message,
                field=refused.field,
            )
            for entry, refused in quoted.refused
        ],
        balance_cents=balance.balance_cents,
        balance_covers=quoted.total_cents <= balance.balance_cents,
        payer=balance.payer,
        daily_spend_left_cents=quoted.daily_left_cents,
        price_version=quoted.price_version,
    )


def _destinations(destinations: Iterable[Destination]) -> list[quote_pb2.DestinationQuote]:
    """Convert destinations to protobuf, sorted by country."""
    return [_destination(each) for each in sorted(destinations, key=lambda each: each.country)]


def _destination(destination: Destination) -> quote_pb2.DestinationQuote:
    return quote_pb2.DestinationQuote(
        country=destination.country,
        cents_per_segment=destination.cents_per_segment,
        cents_per_mms=destination.cents_per_mms,
        recipients=destination.recipients,
        segments=destination.segments,
        min_price_cents=min(destination.prices),
        max_price_cents=max(destination.prices),
        total_cents=destination.total_cents,
    )
