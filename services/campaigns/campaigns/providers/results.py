"""Calls to messaging about what became of campaigns' texts, and what texts would cost."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from uuid import UUID

import grpc
from google.api import httpbody_pb2

from servicekit.rpc.client import RpcClient, failure_of_call
from services.campaigns.campaigns.domain.recipients import Retry
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.providers.terms import terms_message
from smsblaster.messaging.v1 import (
    quote_pb2,
    quote_pb2_grpc,
    results_pb2,
    results_pb2_grpc,
)

_EXPORT_SECONDS = 3600.0


class Results:
    """The calls that campaigns makes, in the name of whoever is being served.

    Each raises ``Unavailable`` when messaging is away.
    """

    def __init__(self, caller: RpcClient, channel: grpc.aio.Channel) -> None:
        self._caller = caller
        self._results = results_pb2_grpc.ResultServiceStub(channel)
        self._quotes = quote_pb2_grpc.QuoteServiceStub(channel)

    async def page(
        self, request: results_pb2.ListResultsRequest
    ) -> results_pb2.ListResultsResponse:
        """A page of a campaign's results. Raises ``InvalidInput`` for a cursor of another list."""
        return await self._caller.call(self._results.ListResults, request)

    async def export(
        self, request: results_pb2.ExportResultsRequest
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        """All of a campaign's results as CSV, in blocks as messaging sends them."""
        blocks = self._results.ExportResults(
            request, timeout=_EXPORT_SECONDS, metadata=self._caller.metadata()
        )
        try:
            async for block in blocks:
                yield block
        except grpc.aio.AioRpcError as error:
            raise failure_of_call(error, type(request).__name__) from error

    async def errors(self, campaign_id: UUID) -> results_pb2.ListErrorsResponse:
        """A campaign's errors by code."""
        request = results_pb2.ListErrorsRequest(campaign_id=str(campaign_id))
        return await self._caller.call(self._results.ListErrors, request)

    async def unreached(
        self, retry: Retry, retried_by: Sequence[UUID], limit: int, after: UUID | None
    ) -> Sequence[UUID]:
        """``limit`` contacts that the campaign to retry did not reach, those after ``after``.

        Whoever one of ``retried_by`` has reached, or has in hand, is left out.
        """
        request = results_pb2.ListUnreachedRequest(
            campaign_id=str(retry.campaign_id),
            retried_by=[str(campaign_id) for campaign_id in retried_by],
            retryable_only=retry.retryable_only,
            after_contact_id=str(after) if after else None,
            limit=limit,
        )
        answer = await self._caller.call(self._results.ListUnreached, request)
        return [UUID(contact_id) for contact_id in answer.contact_ids]

    async def quote_counts(
        self, texts: Mapping[tuple[str, int], int], terms: Terms
    ) -> quote_pb2.QuoteCountsResponse:
        """What ``texts`` cost by ``terms``: how many go to a country, of how many segments each."""
        request = quote_pb2.QuoteCountsRequest(
            terms=terms_message(terms),
            counts=[
                quote_pb2.TextCount(country=country, segments=segments, texts=count)
                for (country, segments), count in texts.items()
            ],
        )
        return await self._caller.call(self._quotes.QuoteCounts, request)

    async def own_numbers(self) -> Collection[str]:
        """The organisation's own numbers (E.164), which are never texted."""
        request = quote_pb2.ListOwnNumbersRequest()
        answer = await self._caller.call(self._quotes.ListOwnNumbers, request)
        return frozenset(answer.phone_numbers)

    async def quote(
        self,
        body: str,
        numbers: Sequence[str] = (),
        countries: Sequence[str] = (),
        terms: Terms | None = None,
    ) -> quote_pb2.Quote:
        """What ``body`` takes, and costs to ``numbers``, or to ``countries`` without any.

        By ``terms``, else by those that hold now.
        """
        request = quote_pb2.QuoteTextsRequest(
            body=body,
            recipients=[quote_pb2.QuoteRecipient(to=number) for number in numbers],
            countries=countries,
            terms=terms_message(terms),
        )
        return await self._caller.call(self._quotes.QuoteTexts, request)
