"""``ContactListService``: contact lists, segments and the members of lists."""

from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.contacts.rpc.filters import filter_message, filter_of
from services.contacts.storage.rows import ContactList
from services.contacts.usecases.change_members import ChangeMembers
from services.contacts.usecases.edit_lists import EditLists
from smsblaster.contacts.v1 import lists_pb2, lists_pb2_grpc


class ContactListRpc(lists_pb2_grpc.ContactListServiceServicer):
    """Serves contact lists."""

    def __init__(
        self, cursors: CursorCodec, edit_lists: EditLists, change_members: ChangeMembers
    ) -> None:
        self._cursors = cursors
        self._edit_lists = edit_lists
        self._change_members = change_members

    async def CreateList(
        self, request: lists_pb2.CreateListRequest, context: Context
    ) -> lists_pb2.ContactList:
        """Create an empty list or a segment."""
        org_id = identity.current().require_org()
        filters = filter_of(request.filter) if request.HasField("filter") else None
        return _list(await self._edit_lists.create(org_id, request.name.strip(), filters))

    async def ListLists(
        self, request: lists_pb2.ListListsRequest, context: Context
    ) -> lists_pb2.ListListsResponse:
        """List the organisation's contact lists and segments, newest first."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        rows = await self._edit_lists.page(org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return lists_pb2.ListListsResponse(
            items=[_list(row) for row in rows], next_cursor=next_cursor
        )

    async def GetList(
        self, request: lists_pb2.GetListRequest, context: Context
    ) -> lists_pb2.ContactList:
        """Return a contact list with its counts."""
        org_id = identity.current().require_org()
        return _list(await self._edit_lists.read(org_id, UUID(request.id)))

    async def UpdateList(
        self, request: lists_pb2.UpdateListRequest, context: Context
    ) -> lists_pb2.ContactList:
        """Rename a list, or change the filter of a segment."""
        name = request.name.strip() if request.HasField("name") else None
        filters = filter_of(request.filter) if request.HasField("filter") else None
        org_id = identity.current().require_org()
        if_version = request.if_version if request.HasField("if_version") else None
        changed = await self._edit_lists.change(org_id, UUID(request.id), name, filters, if_version)
        return _list(changed)

    async def DeleteList(
        self, request: lists_pb2.DeleteListRequest, context: Context
    ) -> lists_pb2.DeleteListResponse:
        """Delete a list. Its contacts stay."""
        await self._edit_lists.delete(identity.current().require_org(), UUID(request.id))
        return lists_pb2.DeleteListResponse()

    async def AddMembers(
        self, request: lists_pb2.AddMembersRequest, context: Context
    ) -> lists_pb2.AddMembersResponse:
        """Add contacts to a list."""
        added = await self._change_members.add(
            identity.current().require_org(), UUID(request.id), [*map(UUID, request.contact_ids)]
        )
        return lists_pb2.AddMembersResponse(added=added)

    async def RemoveMembers(
        self, request: lists_pb2.RemoveMembersRequest, context: Context
    ) -> lists_pb2.RemoveMembersResponse:
        """Remove contacts from a list."""
        removed = await self._change_members.remove(
            identity.current().require_org(), UUID(request.id), [*map(UUID, request.contact_ids)]
        )
        return lists_pb2.RemoveMembersResponse(removed=removed)

    async def RemoveMembersByPost(
        self, request: lists_pb2.RemoveMembersRequest, context: Context
    ) -> lists_pb2.RemoveMembersResponse:
        """Remove contacts from a list, for clients that send no body with DELETE."""
        return await self.RemoveMembers(request, context)


def _list(row: ContactList) -> lists_pb2.ContactList:
    filters = None if row.filters is None else filter_message(row.filters)
    return fill(lists_pb2.ContactList(), row, filter=filters)
