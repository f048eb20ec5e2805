"""A client of a running contacts service, for tests."""

import codecs
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import grpc
from google.api import httpbody_pb2
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.identity import Identity, acting_as
from servicekit.rpc.errors import from_rpc
from smsblaster.contacts.v1 import (
    contacts_pb2,
    contacts_pb2_grpc,
    import_jobs_pb2,
    import_jobs_pb2_grpc,
    lists_pb2,
    lists_pb2_grpc,
    recipients_pb2,
    recipients_pb2_grpc,
    transfer_pb2,
    transfer_pb2_grpc,
)
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until

Answer = TypeVar("Answer", bound=Message)
OptStatus = contacts_pb2.OptStatus


class Client:
    """Calls contacts as ``person`` does through the gateway, and as other services do."""

    def __init__(self, service: Running, person: Person | None = None) -> None:
        self.person = person or Person()
        self._service = service
        self.contacts = contacts_pb2_grpc.ContactServiceStub(service.channel)
        self.lists = lists_pb2_grpc.ContactListServiceStub(service.channel)
        self.transfer = transfer_pb2_grpc.TransferServiceStub(service.channel)
        self.import_jobs = import_jobs_pb2_grpc.ImportJobServiceStub(service.channel)
        self.recipients = recipients_pb2_grpc.RecipientServiceStub(service.channel)

    async def call(self, method: Any, request: Message) -> Any:
        with acting_as(self.person.identity()):
            return await self._service.caller().call(method, request, timeout=60)

    async def internal(self, method: Any, request: Message) -> Any:
        with acting_as(Identity("messaging", self.person.org_id)):
            return await self._service.caller("messaging").call(method, request, timeout=60)

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

    async def delete(self, contact_id: str) -> None:
        request = contacts_pb2.DeleteContactRequest(id=contact_id)
        await self.call(self.contacts.DeleteContact, request)

    async def find(self, **filters: Any) -> contacts_pb2.ListContactsResponse:
        request = contacts_pb2.ListContactsRequest(**filters)
        answer: contacts_pb2.ListContactsResponse = await self.call(
            self.contacts.ListContacts, request
        )
        return answer

    async def found(self, **filters: Any) -> set[str]:
        """Return the phone numbers of the matching contacts, and check the total."""
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

    async def import_csv(
        self,
        file: bytes | str,
        piece: int = 64 * 1024,
        mapping: Mapping[str, str] | None = None,
        **order: Any,
    ) -> transfer_pb2.ImportSummary:
        """Import ``file`` in pieces of ``piece`` bytes."""

        async def requests() -> AsyncIterator[transfer_pb2.ImportContactsRequest]:
            yield transfer_pb2.ImportContactsRequest(mapping=mapping or {}, **order)
            for data in _pieces(file, piece):
                body = httpbody_pb2.HttpBody(data=data)
                yield transfer_pb2.ImportContactsRequest(file=body)

        answer: transfer_pb2.ImportSummary = await self._upload(
            self.transfer.ImportContacts, requests()
        )
        return answer

    async def start_import(
        self, file: bytes | str, mapping: Mapping[str, str] | None = None, **order: Any
    ) -> import_jobs_pb2.ImportJob:
        """Upload ``file`` as an import job."""

        async def requests() -> AsyncIterator[import_jobs_pb2.CreateImportJobRequest]:
            yield import_jobs_pb2.CreateImportJobRequest(mapping=mapping or {}, **order)
            for data in _pieces(file, 64 * 1024):
                body = httpbody_pb2.HttpBody(data=data)
                yield import_jobs_pb2.CreateImportJobRequest(file=body)

        answer: import_jobs_pb2.ImportJob = await self._upload(
            self.import_jobs.CreateImportJob, requests()
        )
        return answer

    @asynccontextmanager
    async def importing(self) -> AsyncIterator[Any]:
        """Begin to upload an import job, and cancel the call at the end of the block."""
        with acting_as(self.person.identity()):
            metadata = self._service.caller().metadata()
        call = self.import_jobs.CreateImportJob(metadata=metadata)
        await call.write(import_jobs_pb2.CreateImportJobRequest())
        yield call
        call.cancel()

    async def send_piece(self, call: Any, data: bytes) -> None:
        """Send a piece of a file."""
        body = httpbody_pb2.HttpBody(data=data)
        await call.write(import_jobs_pb2.CreateImportJobRequest(file=body))

    async def import_job(self, job_id: str) -> import_jobs_pb2.ImportJob:
        request = import_jobs_pb2.GetImportJobRequest(id=job_id)
        answer: import_jobs_pb2.ImportJob = await self.call(self.import_jobs.GetImportJob, request)
        return answer

    async def finished_import(self, job_id: str) -> import_jobs_pb2.ImportJob:
        """Wait until a job is done or has failed, and return it."""

        async def finished() -> bool:
            return (await self.import_job(job_id)).HasField("finished_at")

        await wait_until(finished)
        return await self.import_job(job_id)

    async def import_page(
        self, limit: int = 50, cursor: str | None = None
    ) -> import_jobs_pb2.ListImportJobsResponse:
        request = import_jobs_pb2.ListImportJobsRequest(limit=limit, cursor=cursor)
        answer: import_jobs_pb2.ListImportJobsResponse = await self.call(
            self.import_jobs.ListImportJobs, request
        )
        return answer

    async def preview(self, file: bytes | str) -> transfer_pb2.ImportPreview:
        async def requests() -> AsyncIterator[transfer_pb2.PreviewImportRequest]:
            for data in _pieces(file, 1000):
                yield transfer_pb2.PreviewImportRequest(file=httpbody_pb2.HttpBody(data=data))

        answer: transfer_pb2.ImportPreview = await self._upload(
            self.transfer.PreviewImport, requests()
        )
        return answer

    async def export(self, **filters: Any) -> str:
        request = transfer_pb2.ExportContactsRequest(**filters)
        with acting_as(self.person.identity()):
            metadata = self._service.caller().metadata()
        try:
            blocks = [b async for b in self.transfer.ExportContacts(request, metadata=metadata)]
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from error
        assert blocks[0].content_type == "text/csv; charset=utf-8"
        file = b"".join(block.data for block in blocks)
        # Without the mark, spreadsheets garble the accents.
        assert file.startswith(codecs.BOM_UTF8)
        return file.decode("utf-8-sig")

    async def leave_export(self) -> None:
        """Read the first block of an export and cancel the call."""
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
        """Ensure the contacts of numbers; new ones get their ``names``. Returns them by number."""
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

    async def _upload(self, method: Any, requests: AsyncIterator[Message]) -> Any:
        with acting_as(self.person.identity()):
            metadata = self._service.caller().metadata()
        try:
            return await method(requests, metadata=metadata, timeout=60)
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from error


def phone(number: int) -> str:
    """Return a valid US phone number for each ``number``."""
    return f"+1415{2_000_000 + number:07d}"


def _pieces(file: bytes | str, size: int) -> Iterable[bytes]:
    data = file.encode() if isinstance(file, str) else file
    return (data[i : i + size] for i in range(0, len(data), size))
