"""Calls to contacts, and its answers in our words."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import grpc
from google.api import httpbody_pb2

from servicekit.rpc.client import RpcClient, failure_of_call
from services.campaigns.campaigns.domain.recipients import Recipient
from smsblaster.contacts.v1 import (
    lists_pb2,
    lists_pb2_grpc,
    recipients_pb2,
    recipients_pb2_grpc,
    transfer_pb2,
    transfer_pb2_grpc,
)

_IMPORT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class FileSettings:
    """How to read a CSV file: fields by column name, and the country of numbers without one."""

    mapping: Mapping[str, str]
    default_country: str | None


class Contacts:
    """The calls that campaigns makes, in the name of whoever is being served."""

    def __init__(self, caller: RpcClient, channel: grpc.aio.Channel) -> None:
        self._caller = caller
        self._stub = recipients_pb2_grpc.RecipientServiceStub(channel)
        self._lists = lists_pb2_grpc.ContactListServiceStub(channel)
        self._transfer = transfer_pb2_grpc.TransferServiceStub(channel)

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

    async def ensure(self, phone: str, first_name: str, last_name: str | None) -> UUID:
        """The contact with an E.164 number, created with this name where there is none.

        An attendee who came from a list may have no first name.
        """
        name = recipients_pb2.ContactName(first_name=first_name or None, last_name=last_name)
        request = recipients_pb2.EnsureContactsRequest(phones=[phone], names={phone: name})
        answer = await self._caller.call(self._stub.EnsureContacts, request)
        return UUID(answer.recipients[0].contact_id)

    async def create_list(self, name: str) -> UUID:
        """Create an empty list. Raises ``Conflict`` for a name that is taken."""
        request = lists_pb2.CreateListRequest(name=name)
        return UUID((await self._caller.call(self._lists.CreateList, request)).id)

    async def delete_list(self, list_id: UUID) -> None:
        """Delete a list; its contacts stay."""
        request = lists_pb2.DeleteListRequest(id=str(list_id))
        await self._caller.call(self._lists.DeleteList, request)

    async def import_file(
        self, list_id: UUID, settings: FileSettings, pieces: AsyncIterator[bytes]
    ) -> transfer_pb2.ImportSummary:
        """Import the CSV file that ``pieces`` make up, and put whoever is in it on a list.

        Raises what ``TransferService.ImportContacts`` raises.
        """
        first = transfer_pb2.ImportContactsRequest(
            mapping=settings.mapping,
            list_id=str(list_id),
            default_country=settings.default_country,
        )
        call = self._transfer.ImportContacts(
            timeout=_IMPORT_SECONDS, metadata=self._caller.metadata()
        )
        try:
            # An answer that comes before the end of the file says why.
            with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
                await _send(call, first, pieces)
            return await call
        except grpc.aio.AioRpcError as error:
            raise failure_of_call(error, type(first).__name__) from error
        finally:
            call.cancel()


async def _send(
    call: Any, first: transfer_pb2.ImportContactsRequest, pieces: AsyncIterator[bytes]
) -> None:
    await call.write(first)
    async for data in pieces:
        file = httpbody_pb2.HttpBody(data=data)
        await call.write(transfer_pb2.ImportContactsRequest(file=file))
    await call.done_writing()


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
