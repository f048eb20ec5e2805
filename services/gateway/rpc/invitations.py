"""Invitations: ``smsblaster.identity.v1.InvitationService``."""

from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.rpc.auth import session_of
from services.gateway.storage import invitations as stored
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.usecases import invitations
from services.gateway.usecases.invitations import Newcomer
from smsblaster.identity.v1 import (
    auth_pb2,
    invitations_pb2,
    invitations_pb2_grpc,
    organisation_pb2,
)

_ROLE = organisation_pb2.Role.DESCRIPTOR


class InvitationService(invitations_pb2_grpc.InvitationServiceServicer):
    """See the contract, ``identity/v1/invitations.proto``."""

    def __init__(self, database: Database, cursors: CursorCodec, keys: SigningKeys) -> None:
        self._database = database
        self._cursors = cursors
        self._keys = keys

    async def CreateInvitation(
        self, request: invitations_pb2.CreateInvitationRequest, context: Context
    ) -> invitations_pb2.Invitation:
        """Invite somebody."""
        role = enum_name(_ROLE, request.role)
        row = await invitations.invite(self._database, current(), request.email, role)
        return fill(invitations_pb2.Invitation(), row)

    async def ListInvitations(
        self, request: invitations_pb2.ListInvitationsRequest, context: Context
    ) -> invitations_pb2.ListInvitationsResponse:
        """A page of the organisation's invitations."""
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
        """Take an invitation back."""
        await invitations.revoke(self._database, current(), UUID(request.id))
        return invitations_pb2.RevokeInvitationResponse()

    async def AcceptInvitation(
        self, request: invitations_pb2.AcceptInvitationRequest, context: Context
    ) -> auth_pb2.Session:
        """Join the organisation and sign in."""
        newcomer = Newcomer(request.token, request.name, request.password)
        return session_of(await invitations.accept(self._database, self._keys, newcomer))
