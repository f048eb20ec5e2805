"""The organisation and its members: ``smsblaster.identity.v1.OrganisationService``."""

from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.storage import orgs
from services.gateway.usecases.members import Members
from services.gateway.usecases.update_org import update_org
from smsblaster.identity.v1 import organisation_pb2, organisation_pb2_grpc

_ROLE = organisation_pb2.Role.DESCRIPTOR


class OrganisationService(organisation_pb2_grpc.OrganisationServiceServicer):
    """See the contract, ``identity/v1/organisation.proto``."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors
        self._members = Members(database)

    async def GetOrganisation(
        self, request: organisation_pb2.GetOrganisationRequest, context: Context
    ) -> organisation_pb2.Organisation:
        """The organisation."""
        org_id = current().require_org()
        async with self._database.org(org_id) as connection:
            return fill(organisation_pb2.Organisation(), await orgs.get(connection, org_id))

    async def UpdateOrganisation(
        self, request: organisation_pb2.UpdateOrganisationRequest, context: Context
    ) -> organisation_pb2.Organisation:
        """Change the fields that are given."""
        changes = {field.name: value for field, value in request.ListFields()}
        row = await update_org(self._database, current(), changes)
        return fill(organisation_pb2.Organisation(), row)

    async def ListMembers(
        self, request: organisation_pb2.ListMembersRequest, context: Context
    ) -> organisation_pb2.ListMembersResponse:
        """A page of the members."""
        org_id = current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await orgs.members(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return organisation_pb2.ListMembersResponse(
            items=[fill(organisation_pb2.Member(), row) for row in rows],
            next_cursor=next_cursor,
        )

    async def UpdateMember(
        self, request: organisation_pb2.UpdateMemberRequest, context: Context
    ) -> organisation_pb2.Member:
        """Give a member another role."""
        row = await self._members.change_role(
            current(), UUID(request.user_id), enum_name(_ROLE, request.role)
        )
        return fill(organisation_pb2.Member(), row)

    async def RemoveMember(
        self, request: organisation_pb2.RemoveMemberRequest, context: Context
    ) -> organisation_pb2.RemoveMemberResponse:
        """Deactivate a member."""
        await self._members.deactivate(current(), UUID(request.user_id))
        return organisation_pb2.RemoveMemberResponse()
