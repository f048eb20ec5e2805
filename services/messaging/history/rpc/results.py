"""``ResultService``."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from google.api import httpbody_pb2
from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import id_of, page_of
from servicekit.rpc.server import Context
from services.messaging.common.domain.provider_errors import description, explain, hopeless_codes
from services.messaging.history.rpc.exports import csv_of
from services.messaging.history.storage import results
from services.messaging.history.storage.results import WantedResults, WantedUnreached
from services.messaging.history.usecases.export_results import export_results
from smsblaster.messaging.v1 import messages_pb2, results_pb2, results_pb2_grpc


class ResultRpc(results_pb2_grpc.ResultServiceServicer):
    """Tells what became of each recipient."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListResults(
        self, request: results_pb2.ListResultsRequest, context: Context
    ) -> results_pb2.ListResultsResponse:
        """A page of a campaign's recipients."""
        org_id = identity.current().require_org()
        limit = request.limit or 50
        after = id_of(self._cursors, org_id, request.cursor)
        async with self._database.org(org_id) as connection:
            rows = await results.page(connection, org_id, _wanted(request), limit + 1, after)
        rows, next_cursor = page_of(self._cursors, org_id, rows, limit, ("contact_id",))
        return results_pb2.ListResultsResponse(
            items=[_result(row) for row in rows], next_cursor=next_cursor
        )

    async def ExportResults(
        self, request: results_pb2.ExportResultsRequest, context: Context
    ) -> AsyncGenerator[httpbody_pb2.HttpBody]:
        """All of them as CSV."""
        org_id = identity.current().require_org()
        async with aclosing(export_results(self._database, org_id, _wanted(request))) as blocks:
            async for piece in csv_of(blocks):
                yield piece

    async def ListErrors(
        self, request: results_pb2.ListErrorsRequest, context: Context
    ) -> results_pb2.ListErrorsResponse:
        """A campaign's errors by code."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await results.errors(connection, org_id, UUID(request.campaign_id))
        return results_pb2.ListErrorsResponse(items=[_error(*each) for each in found])

    async def ListUnreached(
        self, request: results_pb2.ListUnreachedRequest, context: Context
    ) -> results_pb2.ListUnreachedResponse:
        """Whom to retry."""
        org_id = identity.current().require_org()
        wanted = WantedUnreached(
            UUID(request.campaign_id),
            [UUID(campaign_id) for campaign_id in request.retried_by],
            hopeless_codes() if request.retryable_only else (),
        )
        after = parse_id(request.after_contact_id)
        async with self._database.org(org_id) as connection:
            found = await results.unreached(connection, org_id, wanted, request.limit, after)
        return results_pb2.ListUnreachedResponse(contact_ids=[str(each) for each in found])


def _wanted(
    request: results_pb2.ListResultsRequest | results_pb2.ExportResultsRequest,
) -> WantedResults:
    status = None
    if request.HasField("status"):
        status = enum_name(messages_pb2.MessageStatus.DESCRIPTOR, request.status)
    return WantedResults(UUID(request.campaign_id), status, request.error_code or None)


def _result(row: RowMapping) -> results_pb2.RecipientResult:
    result = fill(results_pb2.RecipientResult(), row)
    # Rows that failed before the words were stored have the code alone.
    meaning = row["error_message"] or description(row["error_code"])
    if meaning:
        result.error_message = meaning
    return result


def _error(code: int, count: int) -> results_pb2.CampaignError:
    error = results_pb2.CampaignError(error_code=code, count=count)
    explanation = explain(code)
    if explanation:
        error.title = explanation.title
        error.description = explanation.description
        error.retryable = explanation.retryable
    return error
