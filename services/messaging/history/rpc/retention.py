"""`MessageRetentionService`: how long an organisation's messages are kept."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.history.storage import retention
from services.messaging.history.usecases.set_retention import SetRetention
from smsblaster.messaging.v1 import message_retention_pb2, message_retention_pb2_grpc


class RetentionRpc(message_retention_pb2_grpc.MessageRetentionServiceServicer):
    """Serves how long an organisation's messages are kept."""

    def __init__(self, database: Database, set_retention: SetRetention) -> None:
        self._database = database
        self._set_retention = set_retention

    async def GetMessageRetention(
        self, request: message_retention_pb2.GetMessageRetentionRequest, context: Context
    ) -> message_retention_pb2.MessageRetention:
        """Return how long the organisation's messages are kept."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await retention.find(connection, org_id)
        return fill(message_retention_pb2.MessageRetention(), found)

    async def PutMessageRetention(
        self, request: message_retention_pb2.PutMessageRetentionRequest, context: Context
    ) -> message_retention_pb2.MessageRetention:
        """Set how long the organisation's messages are kept."""
        days = request.days if request.HasField("days") else None
        if_version = request.if_version if request.HasField("if_version") else None
        stored = await self._set_retention.set(identity.current(), days, if_version)
        return fill(message_retention_pb2.MessageRetention(), stored)
