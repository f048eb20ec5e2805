"""``ContactListService``."""

from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.contacts.storage import lists
from services.contacts.usecases.change_members import ChangeMembers
from smsblaster.contacts.v1 import lists_pb2, lists_pb2_grpc


class ContactListRpc(lists_pb2_grpc.ContactListServiceServicer):
    """Serves contact lists."""

    def __init__(
        self, database: Database, cursors: CursorCodec, change_members: ChangeMembers
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._change_members = change_members

    async def CreateList(
        self, request: lists_pb2.CreateListRequest, context: Context
    ) -> lists_pb2.ContactList:
        """Create an empty list."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            row = await lists.add(connection, org_id, request.name.strip())
        return fill(lists_pb2.ContactList(), row)

    async def ListLists(
        self, request: lists_pb2.ListListsRequest, context: Context
    ) -> lists_pb2.ListListsResponse:
        """A page of lists, newest first."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await lists.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return lists_pb2.ListListsResponse(
            items=[fill(lists_pb2.ContactList(), row) for row in rows], next_cursor=next_cursor
        )

    async def GetList(
        self, request: lists_pb2.GetListRequest, context: Context
    ) -> lists_pb2.ContactList:
        """One list."""
        org_id = identity.current().require_org()
        list_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            row = await lists.find(connection, org_id, list_id)
        if row is None:
            raise await lists.why_absent(self._database, org_id, list_id)
        return fill(lists_pb2.ContactList(), row)

    async def UpdateList(
        self, request: lists_pb2.UpdateListRequest, context: Context
    ) -> lists_pb2.ContactList:
        """Rename a list."""
        org_id = identity.current().require_org()
        list_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            row = await lists.rename(connection, org_id, list_id, request.name.strip())
        if row is None:
            raise await lists.why_absent(self._database, org_id, list_id)
        return fill(lists_pb2.ContactList(), row)

    async def DeleteList(
        self, request: lists_pb2.DeleteListRequest, context: Context
    ) -> lists_pb2.DeleteListResponse:
        """Delete a list; its contacts stay."""
        org_id = identity.current().require_org()
        list_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            removed = await lists.remove(connection, org_id, list_id)
        if not removed:
            raise await lists.why_absent(self._database, org_id, list_id)
        return lists_pb2.DeleteListResponse()

    async def AddMembers(
        self, request: lists_pb2.AddMembersRequest, context: Context
    ) -> lists_pb2.AddMembersResponse:
        """Put contacts on a list."""
        added = await self._change_members.add(
            identity.current().require_org(), UUID(request.id), [*map(UUID, request.contact_ids)]
        )
        return lists_pb2.AddMembersResponse(added=added)

    async def RemoveMembers(
        self, request: lists_pb2.RemoveMembersRequest, context: Context
    ) -> lists_pb2.RemoveMembersResponse:
        """Take contacts off a list."""
        removed = await self._change_members.remove(
            identity.current().require_org(), UUID(request.id), [*map(UUID, request.contact_ids)]
        )
        return lists_pb2.RemoveMembersResponse(removed=removed)
