"""``TransferService``: CSV files of contacts, imported and exported as streams."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TypeVar
from uuid import UUID

from google.api import httpbody_pb2

from servicekit import identity
from servicekit.errors import InvalidInput
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.contacts.domain.import_file import ImportOptions
from services.contacts.domain.import_summary import ImportSummary
from services.contacts.rpc.filters import filter_of
from services.contacts.usecases.export_contacts import ExportContacts
from services.contacts.usecases.import_contacts import ImportContacts
from smsblaster.contacts.v1 import import_jobs_pb2, transfer_pb2, transfer_pb2_grpc

CSV = "text/csv; charset=utf-8"

AnyImport = TypeVar(
    "AnyImport", transfer_pb2.ImportContactsRequest, import_jobs_pb2.CreateImportJobRequest
)
"""A request message of an upload. The first one has the import's options."""

AnyUpload = TypeVar(
    "AnyUpload",
    transfer_pb2.ImportContactsRequest,
    transfer_pb2.PreviewImportRequest,
    import_jobs_pb2.CreateImportJobRequest,
)
"""A request message with a piece of a file."""


class TransferRpc(transfer_pb2_grpc.TransferServiceServicer):
    """Serves previews, imports and exports of CSV files."""

    def __init__(self, import_contacts: ImportContacts, export_contacts: ExportContacts) -> None:
        self._import_contacts = import_contacts
        self._export_contacts = export_contacts

    async def PreviewImport(
        self,
        request_iterator: AsyncIterator[transfer_pb2.PreviewImportRequest],
        context: Context,
    ) -> transfer_pb2.ImportPreview:
        """Return the first rows of a file and a suggested mapping, and check its rows."""
        requests = aiter(request_iterator)
        first = await anext(requests, transfer_pb2.PreviewImportRequest())
        options = ImportOptions(dict(first.mapping), None, first.default_country or "US")
        preview = await self._import_contacts.preview(options, pieces_of(first, requests))
        return transfer_pb2.ImportPreview(
            headers=preview.headers,
            sample_rows=[transfer_pb2.SampleRow(cells=cells) for cells in preview.sample_rows],
            suggested_mapping=preview.suggested_mapping,
            rows_checked=preview.rows_checked,
            rows_valid=preview.rows_valid,
            opted_out=preview.opted_out,
            errors=[fill(transfer_pb2.ImportError(), error) for error in preview.errors],
        )

    async def ImportContacts(
        self,
        request_iterator: AsyncIterator[transfer_pb2.ImportContactsRequest],
        context: Context,
    ) -> transfer_pb2.ImportSummary:
        """Import the contacts of a CSV file."""
        requests = aiter(request_iterator)
        first = await anext(requests, None)
        if first is None:
            raise InvalidInput.of("file", "is required")
        summary = await self._import_contacts.run(
            identity.current().require_org(), options_of(first), pieces_of(first, requests)
        )
        return _summary(summary)

    async def ExportContacts(
        self, request: transfer_pb2.ExportContactsRequest, context: Context
    ) -> AsyncGenerator[httpbody_pb2.HttpBody]:
        """Export all matching contacts as CSV."""
        content_type = CSV
        org_id = identity.current().require_org()
        export = self._export_contacts.export(org_id, filter_of(request))
        async with aclosing(export) as blocks:
            async for block in blocks:
                yield httpbody_pb2.HttpBody(content_type=content_type, data=block)
                content_type = ""


def options_of(request: AnyImport) -> ImportOptions:
    """Return the import's options, from the first message of its upload."""
    return ImportOptions(
        mapping=dict(request.mapping),
        list_id=UUID(request.list_id) if request.HasField("list_id") else None,
        default_country=request.default_country or "US",
    )


async def pieces_of(first: AnyUpload, rest: AsyncIterator[AnyUpload]) -> AsyncIterator[bytes]:
    """Yield the pieces of the uploaded file."""
    yield first.file.data
    async for request in rest:
        yield request.file.data


def _summary(summary: ImportSummary) -> transfer_pb2.ImportSummary:
    return transfer_pb2.ImportSummary(
        created=summary.created,
        updated=summary.updated,
        skipped=summary.skipped,
        opted_out=summary.opted_out,
        incomplete=summary.incomplete,
        errors=[fill(transfer_pb2.ImportError(), error) for error in summary.errors],
    )
