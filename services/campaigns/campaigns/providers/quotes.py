"""Calls to the messaging service about the prices of messages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import grpc

from servicekit.errors import Unavailable
from servicekit.rpc.client import RpcClient
from services.campaigns.campaigns.domain.batches import FilledBatch
from services.campaigns.campaigns.providers.batch_texts import batch_texts
from services.campaigns.campaigns.providers.terms import terms_message
from services.campaigns.common.domain.terms import Terms
from smsblaster.messaging.v1 import (
    batches_pb2,
    batches_pb2_grpc,
    quote_pb2,
    quote_pb2_grpc,
)

Quote: TypeAlias = quote_pb2.Quote
"""The quote of one text, which is relayed unchanged from messaging."""

PricedCounts: TypeAlias = quote_pb2.QuoteCountsResponse
"""The prices of counted messages, which are relayed unchanged from messaging."""


@dataclass(frozen=True, slots=True)
class QuotedText:
    """A finished text whose price is asked for, and whether pictures go with it.

    ``from_number`` is the phone number to send it from, if one is chosen.
    """

    body: str
    pictures: bool = False
    from_number: str | None = None


class Quotes:
    """Asks for prices in the name of the current user.

    Each method raises ``Unavailable`` when messaging can't be reached.
    """

    def __init__(self, rpc: RpcClient, channel: grpc.aio.Channel) -> None:
        self._rpc = rpc
        self._quotes = quote_pb2_grpc.QuoteServiceStub(channel)
        self._batches = batches_pb2_grpc.BatchServiceStub(channel)

    async def quote_counts(
        self, counts: Mapping[tuple[str, int], int], terms: Terms, *, pictures: bool = False
    ) -> PricedCounts:
        """Return the prices under `terms` of messages that are counted by country and segments.

        `pictures` says whether pictures go with the messages.
        """
        request = quote_pb2.QuoteCountsRequest(
            terms=terms_message(terms),
            pictures=pictures,
            counts=[
                quote_pb2.TextCount(country=country, segments=segments, texts=count)
                for (country, segments), count in counts.items()
            ],
        )
        priced = await self._rpc.call(self._quotes.QuoteCounts, request)
        # The release before doesn't know the prices of pictures.
        if pictures and not all(each.HasField("cents_per_mms") for each in priced.destinations):
            raise Unavailable("Pictures can't be priced at the moment. Try again in a minute.")
        return priced

    async def own_numbers(self) -> Collection[str]:
        """Return the organisation's own phone numbers (E.164), which never get messages."""
        request = quote_pb2.ListOwnNumbersRequest()
        answer = await self._rpc.call(self._quotes.ListOwnNumbers, request)
        return frozenset(answer.phone_numbers)

    async def quote(
        self,
        text: QuotedText,
        numbers: Sequence[str] = (),
        countries: Sequence[str] = (),
        terms: Terms | None = None,
        payer_id: UUID | None = None,
    ) -> Quote:
        """Return the size of `text` and the price of sending it.

        The price is for `numbers` or, if there are none, for `countries`. It follows `terms` or, if
        they are None, the current terms. `payer_id` is who pays, if that is decided: a user, or
        the organisation. Otherwise the organisation's setting decides for the current user.
        """
        request = quote_pb2.QuoteTextsRequest(
            body=text.body,
            pictures=text.pictures,
            recipients=[quote_pb2.QuoteRecipient(to=number) for number in numbers],
            countries=countries,
            terms=terms_message(terms),
            payer_id=str(payer_id) if payer_id else None,
            from_number=text.from_number,
        )
        return await self._rpc.call(self._quotes.QuoteTexts, request)

    async def quote_batch(
        self, batch: FilledBatch, *, pictures: bool, from_number: str | None
    ) -> Quote:
        """Return the price of the texts of a batch, as they would be charged now.

        `pictures` says whether pictures go with them. `from_number` is the number to send them
        from, if it is chosen.
        """
        request = batches_pb2.QuoteBatchRequest(
            texts=batch_texts(batch),
            body=batch.body,
            pictures=pictures,
            from_number=from_number,
        )
        return await self._rpc.call(self._batches.QuoteBatch, request)
