"""`ResultService`: the results of a campaign, one for each recipient."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from google.api import httpbody_pb2

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.messaging.common.domain.cures import cure_of
from services.messaging.common.domain.provider_errors import description, explain, permanent_codes
from services.messaging.history.rpc.convert import csv_body
from services.messaging.history.storage import results
from services.messaging.history.storage.results import (
    RecipientResult,
    ResultFilter,
    UnreachedFilter,
)
from services.messaging.history.usecases.export_results import ExportResults
from smsblaster.messaging.v1 import messages_pb2, results_pb2, results_pb2_grpc


class ResultRpc(results_pb2_grpc.ResultServiceServicer):
    """Serves the results of campaigns."""

    def __init__(self, database: Database, export: ExportResults, cursors: CursorCodec) -> None:
        self._database = database
        self._export = export
        self._cursors = cursors

    async def ListResults(
        self, request: results_pb2.ListResultsRequest, context: Context
    ) -> results_pb2.ListResultsResponse:
        """List the results of a campaign, one for each recipient."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request, ("contact_id",))
        async with self._database.org(org_id) as connection:
            found = await results.page(
                connection, org_id, _filter(request), page.rows_to_read, page.last_id
            )
        found, next_cursor = page.split(found)
        return results_pb2.ListResultsResponse(items=map(_result, found), next_cursor=next_cursor)

    async def ExportResults(
        self, request: results_pb2.ExportResultsRequest, context: Context
    ) -> AsyncGenerator[httpbody_pb2.HttpBody]:
        """Stream the results of a campaign as CSV."""
        org_id = identity.current().require_org()
        async with aclosing(self._export.export(org_id, _filter(request))) as blocks:
            async for piece in csv_body(blocks):
                yield piece

    async def ListErrors(
        self, request: results_pb2.ListErrorsRequest, context: Context
    ) -> results_pb2.ListErrorsResponse:
        """Count the messages of a campaign by error code."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await results.errors(connection, org_id, UUID(request.campaign_id))
        return results_pb2.ListErrorsResponse(items=[_error(*each) for each in found])

    async def ListUnreached(
        self, request: results_pb2.ListUnreachedRequest, context: Context
    ) -> results_pb2.ListUnreachedResponse:
        """List the contacts that a campaign did not reach and that a retry should go to."""
        org_id = identity.current().require_org()
        wanted = UnreachedFilter(
            UUID(request.campaign_id),
            [UUID(campaign_id) for campaign_id in request.retried_by],
            permanent_codes() if request.retryable_only else (),
        )
        after = parse_id(request.after_contact_id)
        async with self._database.org(org_id) as connection:
            found = await results.unreached(connection, org_id, wanted, request.limit, after)
        return results_pb2.ListUnreachedResponse(contact_ids=map(str, found))


def _filter(
    request: results_pb2.ListResultsRequest | results_pb2.ExportResultsRequest,
) -> ResultFilter:
    status = None
    if request.HasField("status"):
        status = enum_name(messages_pb2.MessageStatus.DESCRIPTOR, request.status)
    return ResultFilter(UUID(request.campaign_id), status, request.error_code or None)


def _result(result: RecipientResult) -> results_pb2.RecipientResult:
    # Messages of older releases failed without a stored error message.
    error_message = result.error_message or description(result.error_code)
    return fill(results_pb2.RecipientResult(), result, error_message=error_message)


def _error(code: int, count: int) -> results_pb2.CampaignError:
    error = fill(
        results_pb2.CampaignError(), {"error_code": code, "count": count, "cure": cure_of(code)}
    )
    explanation = explain(code)
    if explanation:
        error.title = explanation.title
        error.description = explanation.description
        error.retryable = explanation.retryable
    return error
