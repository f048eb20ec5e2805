"""Serve ``InvitationService``: invite people, and accept invitations."""

from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.rpc.auth import session_of
from services.gateway.storage import invitations as stored
from services.gateway.usecases.accept_invitation import AcceptInvitation, Newcomer
from services.gateway.usecases.manage_invitations import ManageInvitations
from smsblaster.identity.v1 import (
    auth_pb2,
    invitations_pb2,
    invitations_pb2_grpc,
    organisation_pb2,
)

_ROLE = organisation_pb2.Role.DESCRIPTOR


class InvitationService(invitations_pb2_grpc.InvitationServiceServicer):
    """Implements ``identity/v1/invitations.proto``."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        manage: ManageInvitations,
        acceptance: AcceptInvitation,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._manage = manage
        self._acceptance = acceptance

    async def CreateInvitation(
        self, request: invitations_pb2.CreateInvitationRequest, context: Context
    ) -> invitations_pb2.Invitation:
        """Invite a person to the caller's organisation by mail."""
        role = enum_name(_ROLE, request.role)
        invitation = await self._manage.invite(current(), request.email, role)
        return fill(invitations_pb2.Invitation(), invitation)

    async def ListInvitations(
        self, request: invitations_pb2.ListInvitationsRequest, context: Context
    ) -> invitations_pb2.ListInvitationsResponse:
        """List the organisation's invitations, newest first."""
        org_id = current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await stored.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return invitations_pb2.ListInvitationsResponse(
            items=[fill(invitations_pb2.Invitation(), row) for row in rows],
            next_cursor=next_cursor,
        )

    async def RevokeInvitation(
        self, request: invitations_pb2.RevokeInvitationRequest, context: Context
    ) -> invitations_pb2.RevokeInvitationResponse:
        """Revoke an open invitation, so that it can't be accepted."""
        await self._manage.revoke(current(), UUID(request.id))
        return invitations_pb2.RevokeInvitationResponse()

    async def AcceptInvitation(
        self, request: invitations_pb2.AcceptInvitationRequest, context: Context
    ) -> auth_pb2.Session:
        """Accept an invitation: create the user in the organisation, and sign the user in."""
        newcomer = Newcomer(request.token, request.name, request.password)
        return session_of(await self._acceptance.accept(newcomer))
