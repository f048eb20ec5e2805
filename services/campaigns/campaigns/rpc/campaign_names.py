"""Serve ``CampaignNameService``: the names of campaigns, for the gateway."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.server import Context
from services.campaigns.campaigns.storage import names
from smsblaster.campaigns.v1 import names_pb2, names_pb2_grpc


class CampaignNameRpc(names_pb2_grpc.CampaignNameServiceServicer):
    """Serves the names of campaigns to the gateway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetCampaignNames(
        self, request: names_pb2.GetCampaignNamesRequest, context: Context
    ) -> names_pb2.GetCampaignNamesResponse:
        """Return the names of campaigns, in one query."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await names.of_campaigns(connection, org_id, [*map(UUID, request.ids)])
        return names_pb2.GetCampaignNamesResponse(
            names={str(campaign_id): name for campaign_id, name in found.items()}
        )
