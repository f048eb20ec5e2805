"""``QuoteService``."""

from servicekit import identity
from servicekit.rpc.server import Context
from servicekit.segments import measure
from services.messaging.domain.quotes import Destination, forcing_characters
from services.messaging.usecases.balance import Balances
from services.messaging.usecases.quote_texts import Quoted, QuotedText, QuoteTexts
from smsblaster.messaging.v1 import quote_pb2, quote_pb2_grpc

_ENCODINGS = {"GSM-7": quote_pb2.ENCODING_GSM7, "UCS-2": quote_pb2.ENCODING_UCS2}


class QuoteRpc(quote_pb2_grpc.QuoteServiceServicer):
    """Quotes texts."""

    def __init__(self, quote: QuoteTexts, balances: Balances) -> None:
        self._quote = quote
        self._balances = balances

    async def QuoteTexts(
        self, request: quote_pb2.QuoteTextsRequest, context: Context
    ) -> quote_pb2.Quote:
        """What texts would take and cost."""
        org_id = identity.current().require_org()
        balance = await self._balances.of_caller()
        if request.recipients or not request.countries:
            quoted = await self._quote(org_id, _texts(request))
        else:
            quoted = await self._quote.prices_only(request.body, list(request.countries))
        return _quote(request.body, quoted, balance)


def _texts(request: quote_pb2.QuoteTextsRequest) -> list[QuotedText]:
    return [
        QuotedText(r.to, r.body if r.HasField("body") else request.body) for r in request.recipients
    ]


def _quote(body: str, quoted: Quoted, balance: int) -> quote_pb2.Quote:
    size = measure(body)
    return quote_pb2.Quote(
        encoding=_ENCODINGS[size.encoding],
        units=size.units,
        segments=size.segments,
        forcing_characters=[
            quote_pb2.ForcingCharacter(character=f.character, positions=f.positions)
            for f in forcing_characters(body, size.forcing_characters)
        ],
        destinations=[_destination(quoted.destinations[c]) for c in sorted(quoted.destinations)],
        recipients=sum(d.recipients for d in quoted.destinations.values()),
        total_cents=quoted.total_cents,
        refusals=[
            quote_pb2.QuoteRefusal(number=number, code=why.code, message=why.message)
            for number, why in quoted.refused
        ],
        balance_cents=balance,
        balance_covers=quoted.total_cents <= balance,
        daily_spend_left_cents=quoted.daily_left_cents,
    )


def _destination(destination: Destination) -> quote_pb2.DestinationQuote:
    return quote_pb2.DestinationQuote(
        country=destination.country,
        cents_per_segment=destination.cents_per_segment,
        recipients=destination.recipients,
        segments=destination.segments,
        min_price_cents=min(destination.prices),
        max_price_cents=max(destination.prices),
        total_cents=destination.total_cents,
    )
