"""Calls to contacts, and its answers in our words."""

from collections.abc import Sequence
from uuid import UUID

import grpc

from servicekit.rpc.client import Caller
from services.campaigns.domain.recipients import Recipient
from smsblaster.contacts.v1 import recipients_pb2, recipients_pb2_grpc


class Contacts:
    """The calls that campaigns makes, in the name of whoever is being served."""

    def __init__(self, caller: Caller, channel: grpc.aio.Channel) -> None:
        self._caller = caller
        self._stub = recipients_pb2_grpc.RecipientServiceStub(channel)

    async def require_list(self, list_id: UUID) -> None:
        """Raise ``CrossOrgAccess`` or ``NotFound`` for a list that the organisation has not.

        Raises ``Unavailable`` when contacts is away, as every call here does.
        """
        await self.members(list_id, None, 1)

    async def members(self, list_id: UUID, after: UUID | None, limit: int) -> Sequence[Recipient]:
        """``limit`` members of a list in the order of their ids, those after ``after``.

        Raises ``NotFound`` where the list is gone.
        """
        request = recipients_pb2.ListMembersRequest(
            list_id=str(list_id), after_contact_id=str(after) if after else None, limit=limit
        )
        answer = await self._caller.call(self._stub.ListMembers, request)
        return [_recipient(member) for member in answer.recipients]

    async def by_ids(self, contact_ids: Sequence[UUID]) -> Sequence[Recipient]:
        """These contacts in the order of their ids, those that are deleted left out.

        Raises ``CrossOrgAccess``.
        """
        request = recipients_pb2.GetContactsRequest(contact_ids=[str(i) for i in contact_ids])
        answer = await self._caller.call(self._stub.GetContacts, request)
        found = [_recipient(contact) for contact in answer.recipients]
        return sorted(found, key=lambda recipient: recipient.contact_id.bytes)


def _recipient(member: recipients_pb2.Recipient) -> Recipient:
    values = {
        "firstName": member.first_name,
        "lastName": member.last_name,
        "phone": member.phone,
        "email": member.email,
    }
    return Recipient(
        contact_id=UUID(member.contact_id),
        phone=member.phone,
        opted_out=member.opted_out,
        values=values,
        time_zone=member.time_zone or None,
    )
