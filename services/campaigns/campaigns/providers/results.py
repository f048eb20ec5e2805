"""Calls to the messaging service about the results of campaigns."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import grpc
from google.api import httpbody_pb2

from servicekit.rpc.client import RpcClient, failure_of_call
from services.campaigns.campaigns.domain.recipients import Retry
from smsblaster.messaging.v1 import (
    results_pb2,
    results_pb2_grpc,
)

_EXPORT_SECONDS = 3600.0


class Results:
    """Reads the results of campaigns in the name of the current user.

    Each method raises ``Unavailable`` when messaging can't be reached.
    """

    def __init__(self, rpc: RpcClient, channel: grpc.aio.Channel) -> None:
        self._rpc = rpc
        self._results = results_pb2_grpc.ResultServiceStub(channel)

    async def page(
        self, request: results_pb2.ListResultsRequest
    ) -> results_pb2.ListResultsResponse:
        """Return a page of a campaign's results.

        Raises:
            InvalidInput: The cursor belongs to another list.
        """
        return await self._rpc.call(self._results.ListResults, request)

    async def export(
        self, request: results_pb2.ExportResultsRequest
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        """Stream all results of a campaign as CSV."""
        blocks = self._results.ExportResults(
            request, timeout=_EXPORT_SECONDS, metadata=self._rpc.metadata("messaging")
        )
        try:
            async for block in blocks:
                yield block
        except grpc.aio.AioRpcError as error:
            raise failure_of_call(error, type(request).__name__) from error

    async def errors(self, campaign_id: UUID) -> results_pb2.ListErrorsResponse:
        """Return the counts of a campaign's errors by error code."""
        request = results_pb2.ListErrorsRequest(campaign_id=str(campaign_id))
        return await self._rpc.call(self._results.ListErrors, request)

    async def unreached(
        self, retry: Retry, retried_by: Sequence[UUID], limit: int, after: UUID | None
    ) -> Sequence[UUID]:
        """Return up to `limit` contacts that the retried campaign didn't reach, sorted by id.

        `after` is the last contact of the page before.

        Contacts that one of the campaigns `retried_by` has reached, or is still sending to, are
        left out.
        """
        request = results_pb2.ListUnreachedRequest(
            campaign_id=str(retry.campaign_id),
            retried_by=[str(campaign_id) for campaign_id in retried_by],
            retryable_only=retry.retryable_only,
            after_contact_id=str(after) if after else None,
            limit=limit,
        )
        answer = await self._rpc.call(self._results.ListUnreached, request)
        return [UUID(contact_id) for contact_id in answer.contact_ids]
