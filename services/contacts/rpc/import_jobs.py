"""``ImportJobService``: imports that are worked off later."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.contacts.rpc.transfer import order_of, pieces_of
from services.contacts.storage import import_jobs
from services.contacts.usecases.take_import_in import TakeImportIn
from smsblaster.contacts.v1 import import_jobs_pb2, import_jobs_pb2_grpc, transfer_pb2


class ImportJobRpc(import_jobs_pb2_grpc.ImportJobServiceServicer):
    """Serves import jobs."""

    def __init__(
        self, database: Database, cursors: CursorCodec, take_import_in: TakeImportIn
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._take_import_in = take_import_in

    async def CreateImportJob(
        self,
        request_iterator: AsyncIterator[import_jobs_pb2.CreateImportJobRequest],
        context: Context,
    ) -> import_jobs_pb2.ImportJob:
        """Take a file in."""
        requests = aiter(request_iterator)
        first = await anext(requests, None)
        if first is None:
            raise InvalidInput.of("file", "is required")
        row = await self._take_import_in(
            identity.current().require_org(), order_of(first), pieces_of(first, requests)
        )
        return _job(row)

    async def GetImportJob(
        self, request: import_jobs_pb2.GetImportJobRequest, context: Context
    ) -> import_jobs_pb2.ImportJob:
        """One job."""
        org_id = identity.current().require_org()
        job_id = UUID(request.id)
        async with self._database.org(org_id) as connection:
            row = await import_jobs.find(connection, org_id, job_id)
        if row is None:
            raise await import_jobs.why_absent(self._database, org_id, job_id)
        return _job(row)

    async def ListImportJobs(
        self, request: import_jobs_pb2.ListImportJobsRequest, context: Context
    ) -> import_jobs_pb2.ListImportJobsResponse:
        """A page of jobs, newest first."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await import_jobs.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return import_jobs_pb2.ListImportJobsResponse(
            items=[_job(row) for row in rows], next_cursor=next_cursor
        )


def _job(row: RowMapping) -> import_jobs_pb2.ImportJob:
    errors = [fill(transfer_pb2.ImportError(), error) for error in row["errors"]]
    return fill(import_jobs_pb2.ImportJob(), {**row, "errors": errors})
