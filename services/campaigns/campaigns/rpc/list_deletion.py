"""Serve ``ListDeletionService``: delete contact lists that no campaign needs."""

from uuid import UUID

from servicekit import identity
from servicekit.rpc.server import Context
from services.campaigns.campaigns.usecases.delete_list import DeleteList
from smsblaster.campaigns.v1 import list_deletion_pb2, list_deletion_pb2_grpc


class ListDeletionRpc(list_deletion_pb2_grpc.ListDeletionServiceServicer):
    """Deletes a contact list unless a campaign still needs it."""

    def __init__(self, delete: DeleteList) -> None:
        self._delete = delete

    async def DeleteContactList(
        self, request: list_deletion_pb2.DeleteContactListRequest, context: Context
    ) -> list_deletion_pb2.DeleteContactListResponse:
        """Delete a list, unless a campaign still needs it. The contacts on it stay."""
        await self._delete.delete(identity.current().require_org(), UUID(request.id))
        return list_deletion_pb2.DeleteContactListResponse()
