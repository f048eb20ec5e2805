"""Serve ``ListUseService``: the last campaign of each contact list."""

from uuid import UUID

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.campaigns.campaigns.storage import list_uses
from smsblaster.campaigns.v1 import list_uses_pb2, list_uses_pb2_grpc


class ListUseRpc(list_uses_pb2_grpc.ListUseServiceServicer):
    """Shows which campaign was started last for a contact list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListLastCampaigns(
        self, request: list_uses_pb2.ListLastCampaignsRequest, context: Context
    ) -> list_uses_pb2.ListLastCampaignsResponse:
        """Return the campaign that was started last for each list.

        Lists for which no campaign was started are left out.
        """
        org_id, ids = identity.current().require_org(), [*map(UUID, request.list_ids)]
        async with self._database.org(org_id) as connection:
            found = await list_uses.last_campaigns(connection, org_id, ids)
        return list_uses_pb2.ListLastCampaignsResponse(
            items=[fill(list_uses_pb2.LastCampaign(), each) for each in found]
        )
