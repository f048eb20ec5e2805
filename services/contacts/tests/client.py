"""A client of a running contacts service, for tests."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.identity import acting_as
from services.contacts.tests.transfer_calls import TransferCalls
from smsblaster.contacts.v1 import (
    contacts_pb2,
    lists_pb2,
    recipients_pb2,
    transfer_pb2,
)

Answer = TypeVar("Answer", bound=Message)
OptStatus = contacts_pb2.OptStatus


class Client(TransferCalls):
    """Calls the contacts service as ``person`` would through the gateway, and as other services."""

    async def create(self, phone: str, **fields: Any) -> contacts_pb2.Contact:
        request = contacts_pb2.CreateContactRequest(phone=phone, **fields)
        answer: contacts_pb2.Contact = await self.call(self.contacts.CreateContact, request)
        return answer

    async def get(self, contact_id: str) -> contacts_pb2.Contact:
        request = contacts_pb2.GetContactRequest(id=contact_id)
        answer: contacts_pb2.Contact = await self.call(self.contacts.GetContact, request)
        return answer

    async def update(self, contact_id: str, **fields: Any) -> contacts_pb2.Contact:
        request = contacts_pb2.UpdateContactRequest(id=contact_id, **fields)
        answer: contacts_pb2.Contact = await self.call(self.contacts.UpdateContact, request)
        return answer

    async def delete(self, contact_id: str, if_version: int | None = None) -> None:
        request = contacts_pb2.DeleteContactRequest(id=contact_id, if_version=if_version)
        await self.call(self.contacts.DeleteContact, request)

    async def find(self, **filters: Any) -> contacts_pb2.ListContactsResponse:
        request = contacts_pb2.ListContactsRequest(**filters)
        answer: contacts_pb2.ListContactsResponse = await self.call(
            self.contacts.ListContacts, request
        )
        return answer

    async def found(self, **filters: Any) -> set[str]:
        """Return the phone numbers of the contacts that match.

        Check that the total is their count.
        """
        answer = await self.find(page_size=200, **filters)
        assert answer.total == len(answer.items)
        return {contact.phone for contact in answer.items}

    async def tag_counts(self) -> dict[str, int]:
        answer = await self.call(self.contacts.ListTags, contacts_pb2.ListTagsRequest())
        return {tag.name: tag.contact_count for tag in answer.items}

    async def opt_out(self, contact_id: str) -> contacts_pb2.Contact:
        request = contacts_pb2.OptOutContactRequest(id=contact_id)
        answer: contacts_pb2.Contact = await self.call(self.contacts.OptOutContact, request)
        return answer

    async def opt_in(self, contact_id: str) -> contacts_pb2.Contact:
        request = contacts_pb2.OptInContactRequest(id=contact_id)
        answer: contacts_pb2.Contact = await self.call(self.contacts.OptInContact, request)
        return answer

    async def tag(self, contact_ids: Iterable[str], **changes: Any) -> tuple[int, int]:
        request = contacts_pb2.TagContactsRequest(contact_ids=contact_ids, **changes)
        answer = await self.call(self.contacts.TagContacts, request)
        return answer.added, answer.removed

    async def new_list(self, name: str = "Guests") -> str:
        answer = await self.call(self.lists.CreateList, lists_pb2.CreateListRequest(name=name))
        return str(answer.id)

    async def member_count(self, list_id: str) -> int:
        answer = await self.call(self.lists.GetList, lists_pb2.GetListRequest(id=list_id))
        return int(answer.member_count)

    async def add_members(self, list_id: str, contact_ids: Iterable[str]) -> int:
        request = lists_pb2.AddMembersRequest(id=list_id, contact_ids=contact_ids)
        return int((await self.call(self.lists.AddMembers, request)).added)

    async def remove_members(self, list_id: str, contact_ids: Iterable[str]) -> int:
        request = lists_pb2.RemoveMembersRequest(id=list_id, contact_ids=contact_ids)
        return int((await self.call(self.lists.RemoveMembers, request)).removed)

    async def leave_export(self) -> None:
        """Read the first block of an export, then cancel the call."""
        with acting_as(self.person.identity()):
            metadata = self._service.caller().metadata()
        call = self.transfer.ExportContacts(transfer_pb2.ExportContactsRequest(), metadata=metadata)
        assert await call.read() != grpc.aio.EOF
        call.cancel()

    async def set_opt_status(
        self, phones: Sequence[str], status: str, said_at: datetime | None = None
    ) -> dict[str, recipients_pb2.Recipient]:
        stamp = Timestamp()
        stamp.FromDatetime(said_at or datetime.now(UTC))
        request = recipients_pb2.SetOptStatusRequest(
            phones=phones,
            status=OptStatus.Value(f"OPT_STATUS_{status.upper()}"),
            said_at=stamp,
        )
        answer = await self.internal(self.recipients.SetOptStatus, request)
        return {recipient.phone: recipient for recipient in answer.recipients}

    async def opted_out(self, phones: Sequence[str]) -> set[str]:
        request = recipients_pb2.CheckOptOutsRequest(phones=phones)
        answer = await self.internal(self.recipients.CheckOptOuts, request)
        return set(answer.opted_out_phones)

    async def ensure(
        self, phones: Sequence[str], names: Mapping[str, Mapping[str, str]] | None = None
    ) -> dict[str, recipients_pb2.Recipient]:
        """Call EnsureContacts with phone numbers and ``names``. Return the contacts by number."""
        names_by_number = {
            number: recipients_pb2.ContactName(**name) for number, name in (names or {}).items()
        }
        request = recipients_pb2.EnsureContactsRequest(phones=phones, names=names_by_number)
        answer = await self.internal(self.recipients.EnsureContacts, request)
        return {recipient.phone: recipient for recipient in answer.recipients}

    async def members(
        self, list_id: str, limit: int = 5000, after: str | None = None
    ) -> list[recipients_pb2.Recipient]:
        request = recipients_pb2.ListMembersRequest(
            list_id=list_id, limit=limit, after_contact_id=after
        )
        return list((await self.internal(self.recipients.ListMembers, request)).recipients)


def phone(number: int) -> str:
    """Return the ``number``-th of many valid US phone numbers."""
    return f"+1415{2_000_000 + number:07d}"
