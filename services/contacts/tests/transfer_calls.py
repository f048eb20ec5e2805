"""Calls of imports and exports, for tests."""

import codecs
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.api import httpbody_pb2
from google.protobuf.message import Message

from servicekit.identity import Identity, acting_as
from servicekit.rpc.errors import from_rpc
from smsblaster.contacts.v1 import (
    contacts_pb2_grpc,
    import_jobs_pb2,
    import_jobs_pb2_grpc,
    lists_pb2_grpc,
    merges_pb2_grpc,
    opt_history_pb2_grpc,
    recipients_pb2_grpc,
    transfer_pb2,
    transfer_pb2_grpc,
)
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until


class TransferCalls:
    """A client of the contacts service with calls for imports and exports."""

    def __init__(self, service: Running, person: Person | None = None) -> None:
        self.person = person or Person()
        self._service = service
        self.contacts = contacts_pb2_grpc.ContactServiceStub(service.channel)
        self.lists = lists_pb2_grpc.ContactListServiceStub(service.channel)
        self.merges = merges_pb2_grpc.ContactMergeServiceStub(service.channel)
        self.opt_history = opt_history_pb2_grpc.OptHistoryServiceStub(service.channel)
        self.transfer = transfer_pb2_grpc.TransferServiceStub(service.channel)
        self.import_jobs = import_jobs_pb2_grpc.ImportJobServiceStub(service.channel)
        self.recipients = recipients_pb2_grpc.RecipientServiceStub(service.channel)

    async def call(self, method: Any, request: Message) -> Any:
        with acting_as(self.person.identity()):
            return await self._service.caller().call(method, request, timeout=60)

    async def internal(self, method: Any, request: Message) -> Any:
        with acting_as(Identity("messaging", self.person.org_id)):
            return await self._service.caller("messaging").call(method, request, timeout=60)

    async def import_csv(
        self,
        file: bytes | str,
        piece: int = 64 * 1024,
        mapping: Mapping[str, str] | None = None,
        **order: Any,
    ) -> transfer_pb2.ImportSummary:
        """Import ``file`` in pieces of ``piece`` bytes, and return the result."""

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
        """Upload ``file`` as an import job, and return the job."""

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
        """Begin to upload an import job, and cancel the upload at the end of the block."""
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

    async def cancel_import(self, job_id: str) -> import_jobs_pb2.ImportJob:
        request = import_jobs_pb2.CancelImportJobRequest(id=job_id)
        answer: import_jobs_pb2.ImportJob = await self.call(
            self.import_jobs.CancelImportJob, request
        )
        return answer

    async def import_errors(
        self, job_id: str, limit: int = 50, cursor: str | None = None
    ) -> import_jobs_pb2.ListImportErrorsResponse:
        request = import_jobs_pb2.ListImportErrorsRequest(id=job_id, limit=limit, cursor=cursor)
        answer: import_jobs_pb2.ListImportErrorsResponse = await self.call(
            self.import_jobs.ListImportErrors, request
        )
        return answer

    async def failed_rows(self, job_id: str) -> str:
        request = import_jobs_pb2.DownloadFailedRowsRequest(id=job_id)
        return await self._download(self.import_jobs.DownloadFailedRows, request)

    async def preview(self, file: bytes | str, **options: Any) -> transfer_pb2.ImportPreview:
        async def requests() -> AsyncIterator[transfer_pb2.PreviewImportRequest]:
            yield transfer_pb2.PreviewImportRequest(**options)
            for data in _pieces(file, 1000):
                yield transfer_pb2.PreviewImportRequest(file=httpbody_pb2.HttpBody(data=data))

        answer: transfer_pb2.ImportPreview = await self._upload(
            self.transfer.PreviewImport, requests()
        )
        return answer

    async def export(self, **filters: Any) -> str:
        request = transfer_pb2.ExportContactsRequest(**filters)
        return await self._download(self.transfer.ExportContacts, request)

    async def _download(self, method: Any, request: Message) -> str:
        with acting_as(self.person.identity()):
            metadata = self._service.caller().metadata()
        try:
            blocks = [b async for b in method(request, metadata=metadata)]
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from error
        assert blocks[0].content_type == "text/csv; charset=utf-8"
        file = b"".join(block.data for block in blocks)
        # Without the mark, spreadsheets garble the accents.
        assert file.startswith(codecs.BOM_UTF8)
        return file.decode("utf-8-sig")

    async def _upload(self, method: Any, requests: AsyncIterator[Message]) -> Any:
        with acting_as(self.person.identity()):
            metadata = self._service.caller().metadata()
        try:
            return await method(requests, metadata=metadata, timeout=60)
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from error


def _pieces(file: bytes | str, size: int) -> Iterable[bytes]:
    data = file.encode() if isinstance(file, str) else file
    return (data[i : i + size] for i in range(0, len(data), size))
