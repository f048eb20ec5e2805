"""Serve ``OrganisationService``: an organisation and its members."""

from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.storage import orgs, users
from services.gateway.usecases.manage_members import ManageMembers
from services.gateway.usecases.update_organisation import UpdateOrganisation
from smsblaster.identity.v1 import organisation_pb2, organisation_pb2_grpc

_ROLE = organisation_pb2.Role.DESCRIPTOR


class OrganisationService(organisation_pb2_grpc.OrganisationServiceServicer):
    """Implements ``identity/v1/organisation.proto``."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        organisations: UpdateOrganisation,
        members: ManageMembers,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._organisations = organisations
        self._members = members

    async def GetOrganisation(
        self, request: organisation_pb2.GetOrganisationRequest, context: Context
    ) -> organisation_pb2.Organisation:
        """Return the caller's organisation."""
        org_id = current().require_org()
        async with self._database.org(org_id) as connection:
            return fill(organisation_pb2.Organisation(), await orgs.get(connection, org_id))

    async def UpdateOrganisation(
        self, request: organisation_pb2.UpdateOrganisationRequest, context: Context
    ) -> organisation_pb2.Organisation:
        """Update those fields of the organisation that are in the request."""
        changes = {field.name: value for field, value in request.ListFields()}
        if_version = changes.pop("if_version", None)
        # Null in the request; no other field can be null.
        if changes.pop("cleared", None):
            changes["audit_log_days"] = None
        updated = await self._organisations.update(current(), changes, if_version)
        return fill(organisation_pb2.Organisation(), updated)

    async def ListMembers(
        self, request: organisation_pb2.ListMembersRequest, context: Context
    ) -> organisation_pb2.ListMembersResponse:
        """List the organisation's members, newest first."""
        org_id = current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await orgs.members(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return organisation_pb2.ListMembersResponse(
            items=[fill(organisation_pb2.Member(), row) for row in rows],
            next_cursor=next_cursor,
        )

    async def ListPeople(
        self, request: organisation_pb2.ListPeopleRequest, context: Context
    ) -> organisation_pb2.ListPeopleResponse:
        """Return the names of colleagues by their ids."""
        org_id, ids = current().require_org(), [UUID(user_id) for user_id in request.ids]
        async with self._database.org(org_id) as connection:
            people = await users.people(connection, org_id, ids)
        return organisation_pb2.ListPeopleResponse(
            items=[fill(organisation_pb2.NamedPerson(), person) for person in people]
        )

    async def UpdateMember(
        self, request: organisation_pb2.UpdateMemberRequest, context: Context
    ) -> organisation_pb2.Member:
        """Change a member's role."""
        member = await self._members.change_role(
            current(), UUID(request.user_id), enum_name(_ROLE, request.role)
        )
        return fill(organisation_pb2.Member(), member)

    async def RemoveMember(
        self, request: organisation_pb2.RemoveMemberRequest, context: Context
    ) -> organisation_pb2.RemoveMemberResponse:
        """Deactivate a member, whose access ends at once."""
        await self._members.deactivate(current(), UUID(request.user_id))
        return organisation_pb2.RemoveMemberResponse()
