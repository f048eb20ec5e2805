"""Serve ``CampaignResultService``: the result of each recipient's message."""

from collections.abc import AsyncIterator
from uuid import UUID

from google.api import httpbody_pb2

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.server import Context
from services.campaigns.campaigns.providers.results import Results
from services.campaigns.campaigns.support.load_campaign import load_campaign
from smsblaster.campaigns.v1 import results_pb2, results_pb2_grpc
from smsblaster.messaging.v1 import results_pb2 as messaging_pb2


class CampaignResultRpc(results_pb2_grpc.CampaignResultServiceServicer):
    """Returns the results of campaigns, which messaging stores."""

    def __init__(self, database: Database, results: Results) -> None:
        self._database = database
        self._results = results

    async def ListCampaignResults(
        self, request: results_pb2.ListCampaignResultsRequest, context: Context
    ) -> messaging_pb2.ListResultsResponse:
        """Return a page of a campaign's recipients, with the result for each of them."""
        await self._require(request.id)
        return await self._results.page(
            messaging_pb2.ListResultsRequest(
                campaign_id=request.id,
                status=request.status if request.HasField("status") else None,
                error_code=request.error_code or None,
                limit=request.limit or None,
                cursor=request.cursor or None,
            )
        )

    async def ExportCampaignResults(
        self, request: results_pb2.ExportCampaignResultsRequest, context: Context
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        """Stream the results of all recipients of a campaign as CSV."""
        await self._require(request.id)
        wanted = messaging_pb2.ExportResultsRequest(
            campaign_id=request.id,
            status=request.status if request.HasField("status") else None,
            error_code=request.error_code or None,
        )
        async for block in self._results.export(wanted):
            yield block

    async def ListCampaignErrors(
        self, request: results_pb2.ListCampaignErrorsRequest, context: Context
    ) -> messaging_pb2.ListErrorsResponse:
        """Return a campaign's errors by code."""
        await self._require(request.id)
        return await self._results.errors(UUID(request.id))

    async def _require(self, campaign_id: str) -> None:
        org_id = identity.current().require_org()
        await load_campaign(self._database, org_id, UUID(campaign_id))
