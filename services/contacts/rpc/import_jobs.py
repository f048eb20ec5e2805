"""``ImportJobService``: imports that run in the background."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from uuid import UUID

from google.api import httpbody_pb2

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.contacts.domain.import_rows import MAX_KEPT
from services.contacts.rpc.transfer import CSV, options_of, pieces_of
from services.contacts.storage import import_jobs
from services.contacts.storage.rows import ImportJob
from services.contacts.usecases.cancel_import import CancelImport
from services.contacts.usecases.read_import_errors import ReadImportErrors
from services.contacts.usecases.receive_import import ReceiveImport
from smsblaster.contacts.v1 import import_jobs_pb2, import_jobs_pb2_grpc, transfer_pb2


class ImportJobRpc(import_jobs_pb2_grpc.ImportJobServiceServicer):
    """Serves import jobs."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        receive_import: ReceiveImport,
        cancel_import: CancelImport,
        read_errors: ReadImportErrors,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._receive_import = receive_import
        self._cancel_import = cancel_import
        self._read_errors = read_errors

    async def CreateImportJob(
        self,
        request_iterator: AsyncIterator[import_jobs_pb2.CreateImportJobRequest],
        context: Context,
    ) -> import_jobs_pb2.ImportJob:
        """Receive a file and create an import job for it, which is run later."""
        requests = aiter(request_iterator)
        first = await anext(requests, None)
        if first is None:
            raise InvalidInput.of("file", "is required")
        job = await self._receive_import.receive(
            identity.current().require_org(), options_of(first), pieces_of(first, requests)
        )
        return _job(job)

    async def GetImportJob(
        self, request: import_jobs_pb2.GetImportJobRequest, context: Context
    ) -> import_jobs_pb2.ImportJob:
        """Return an import job with its progress."""
        org_id = identity.current().require_org()
        job_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            job = await import_jobs.find(connection, org_id, job_id)
        if job is None:
            raise await import_jobs.not_found(self._database, org_id, job_id)
        return _job(job)

    async def ListImportJobs(
        self, request: import_jobs_pb2.ListImportJobsRequest, context: Context
    ) -> import_jobs_pb2.ListImportJobsResponse:
        """List the organisation's import jobs, newest first."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            jobs = await import_jobs.page(connection, org_id, page.rows_to_read, page.last_id)
        jobs, next_cursor = page.split(jobs)
        return import_jobs_pb2.ListImportJobsResponse(
            items=[_job(job) for job in jobs], next_cursor=next_cursor
        )

    async def CancelImportJob(
        self, request: import_jobs_pb2.CancelImportJobRequest, context: Context
    ) -> import_jobs_pb2.ImportJob:
        """Cancel an import job. Contacts that it has imported stay."""
        org_id = identity.current().require_org()
        return _job(await self._cancel_import.cancel(org_id, UUID(request.id)))

    async def ListImportErrors(
        self, request: import_jobs_pb2.ListImportErrorsRequest, context: Context
    ) -> import_jobs_pb2.ListImportErrorsResponse:
        """Return a page of the errors of an import job: rows and cells that were left out."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request, ("row", "number"))
        after = int(page.position[1]) if page.position else None
        rows, total = await self._read_errors.page(
            org_id, UUID(request.id), page.rows_to_read, after
        )
        rows, next_cursor = page.split(rows)
        return import_jobs_pb2.ListImportErrorsResponse(
            items=[fill(transfer_pb2.ImportError(), row) for row in rows],
            next_cursor=next_cursor,
            total=total,
            total_is_exact=total < MAX_KEPT,
        )

    async def DownloadFailedRows(
        self, request: import_jobs_pb2.DownloadFailedRowsRequest, context: Context
    ) -> AsyncGenerator[httpbody_pb2.HttpBody]:
        """Download the rows that an import job left out, as CSV with their errors."""
        org_id = identity.current().require_org()
        content_type = CSV
        async with aclosing(self._read_errors.failed_rows(org_id, UUID(request.id))) as blocks:
            async for block in blocks:
                yield httpbody_pb2.HttpBody(content_type=content_type, data=block)
                content_type = ""


def _job(job: ImportJob) -> import_jobs_pb2.ImportJob:
    errors = [fill(transfer_pb2.ImportError(), error) for error in job.row_errors]
    return fill(import_jobs_pb2.ImportJob(errors=errors), job)
