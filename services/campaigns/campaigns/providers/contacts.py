"""Calls to the contacts service."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
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
    """How to read a CSV file.

    `mapping` has the field of each column by the column's name. `default_country` is for phone
    numbers without a country code.
    """

    mapping: Mapping[str, str]
    default_country: str | None


@dataclass(frozen=True, slots=True)
class RowError:
    """A row of a CSV file that could not be imported."""

    row: int
    field: str
    message: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The result of an import.

    `opted_out` counts the contacts that the file opted out, `incomplete` those that were imported
    without a cell that could not be read.
    """

    errors: Sequence[RowError]
    opted_out: int
    incomplete: int


@dataclass(frozen=True, slots=True)
class ListName:
    """The name of a contact list, and how many contacts it has."""

    name: str
    size: int


class Contacts:
    """Reads and writes contacts in the name of the current user.

    Each method raises ``Unavailable`` when contacts can't be reached.
    """

    def __init__(self, rpc: RpcClient, channel: grpc.aio.Channel) -> None:
        self._rpc = rpc
        self._stub = recipients_pb2_grpc.RecipientServiceStub(channel)
        self._lists = lists_pb2_grpc.ContactListServiceStub(channel)
        self._transfer = transfer_pb2_grpc.TransferServiceStub(channel)

    async def require_list(self, list_id: UUID) -> None:
        """Check that the organisation has the list `list_id`.

        Raises:
            CrossOrgAccess: The list belongs to another organisation.
            NotFound: The list doesn't exist.
        """
        await self.members(list_id, None, 1)

    async def members(self, list_id: UUID, after: UUID | None, limit: int) -> Sequence[Recipient]:
        """Return up to `limit` members of a list, sorted by id, with ids greater than `after`.

        Raises:
            NotFound: The list was deleted.
        """
        request = recipients_pb2.ListMembersRequest(
            list_id=str(list_id), after_contact_id=str(after) if after else None, limit=limit
        )
        answer = await self._rpc.call(self._stub.ListMembers, request)
        return [_recipient(member) for member in answer.recipients]

    async def list_names(self, list_ids: Collection[UUID]) -> Mapping[UUID, ListName]:
        """Return the names and sizes of up to 1,000 lists. Deleted lists are left out."""
        if not list_ids:
            return {}
        request = recipients_pb2.GetListNamesRequest(list_ids=[str(i) for i in list_ids])
        answer = await self._rpc.call(self._stub.GetListNames, request)
        return {UUID(found.id): ListName(found.name, found.member_count) for found in answer.lists}

    async def by_ids(self, contact_ids: Sequence[UUID]) -> Sequence[Recipient]:
        """Return contacts in the order of their ids, without deleted ones.

        Raises:
            CrossOrgAccess: A contact belongs to another organisation.
        """
        request = recipients_pb2.GetContactsRequest(contact_ids=[str(i) for i in contact_ids])
        answer = await self._rpc.call(self._stub.GetContacts, request)
        found = [_recipient(contact) for contact in answer.recipients]
        return sorted(found, key=lambda recipient: recipient.contact_id.bytes)

    async def by_phones(self, phones: Sequence[str]) -> Sequence[Recipient]:
        """Return the contacts with these phone numbers (E.164), also deleted ones, in any order."""
        request = recipients_pb2.FindContactsRequest(phones=phones)
        answer = await self._rpc.call(self._stub.FindContacts, request)
        return [_recipient(contact) for contact in answer.recipients]

    async def ensure(self, phone: str, first_name: str, last_name: str | None) -> UUID:
        """Return the id of the contact with the phone number `phone` (E.164).

        If there is none, creates a contact with this number and name.
        """
        # An attendee who was added from a list may have no first name.
        name = recipients_pb2.ContactName(first_name=first_name or None, last_name=last_name)
        request = recipients_pb2.EnsureContactsRequest(phones=[phone], names={phone: name})
        answer = await self._rpc.call(self._stub.EnsureContacts, request)
        return UUID(answer.recipients[0].contact_id)

    async def create_list(self, name: str) -> UUID:
        """Create an empty list.

        Raises:
            Conflict: Another list has this name.
        """
        request = lists_pb2.CreateListRequest(name=name)
        return UUID((await self._rpc.call(self._lists.CreateList, request)).id)

    async def delete_list(self, list_id: UUID) -> None:
        """Delete a list but not its contacts."""
        request = lists_pb2.DeleteListRequest(id=str(list_id))
        await self._rpc.call(self._lists.DeleteList, request)

    async def import_file(
        self, list_id: UUID, settings: FileSettings, pieces: AsyncIterator[bytes]
    ) -> ImportedFile:
        """Import a CSV file, which comes in `pieces`, and add its contacts to a list.

        Raises the errors of ``TransferService.ImportContacts``.
        """
        first = transfer_pb2.ImportContactsRequest(
            mapping=settings.mapping,
            list_id=str(list_id),
            default_country=settings.default_country,
        )
        metadata = self._rpc.metadata("contacts")
        call = self._transfer.ImportContacts(timeout=_IMPORT_SECONDS, metadata=metadata)
        try:
            # If contacts answers before the end of the file, the answer says what is wrong with the
            # file.
            with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
                await _send(call, first, pieces)
            return _imported(await call)
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


def _imported(summary: transfer_pb2.ImportSummary) -> ImportedFile:
    errors = [RowError(e.row, e.field, e.message, e.column, e.value) for e in summary.errors]
    return ImportedFile(errors, summary.opted_out, summary.incomplete)


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
        merged_ids=tuple(member.merged_contact_ids),
    )
