"""Serve ``RequestLogService``: the log of an organisation's requests."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import InvalidInput, NotFound
from servicekit.identity import current
from servicekit.ids import first_id_at, parse_id, time_of
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.domain.logged_requests import LoggedRequest
from services.gateway.storage import api_keys, orgs, request_log, users
from services.gateway.storage.request_log import RequestFilter
from smsblaster.audit.v1 import request_log_pb2, request_log_pb2_grpc


class RequestLogRpc(request_log_pb2_grpc.RequestLogServiceServicer):
    """Implements ``audit/v1/request_log.proto``."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListRequests(
        self, request: request_log_pb2.ListRequestsRequest, context: Context
    ) -> request_log_pb2.ListRequestsResponse:
        """List the requests of the caller's organisation."""
        org_id = current().require_org()
        wanted, page = _filter(request), PageRequest(self._cursors, org_id, request)
        await self._require_known(wanted)
        async with self._database.org(org_id) as connection:
            rows = await request_log.page(
                connection, org_id, wanted, page.rows_to_read, page.last_id
            )
        rows, next_cursor = page.split(rows)
        return request_log_pb2.ListRequestsResponse(
            items=await self._messages(rows), next_cursor=next_cursor
        )

    async def GetRequest(
        self, request: request_log_pb2.GetRequestRequest, context: Context
    ) -> request_log_pb2.LoggedRequest:
        """Return the newest request with a request id."""
        org_id = current().require_org()
        wanted = RequestFilter(request_id=request.request_id)
        async with self._database.org(org_id) as connection:
            rows = await request_log.page(connection, org_id, wanted, 1)
        if not rows:
            message = "There is no request with this id, or it is no longer kept."
            raise NotFound(message, "request_not_found")
        return (await self._messages(rows))[0]

    async def _messages(
        self, rows: Sequence[LoggedRequest]
    ) -> Sequence[request_log_pb2.LoggedRequest]:
        """Return the requests with the names of their API keys.

        The live organisation has the keys.
        """
        org_id = current().in_live_mode().require_org()
        key_ids = {row.api_key_id for row in rows if row.api_key_id}
        async with self._database.org(org_id) as connection:
            names = await api_keys.names(connection, org_id, key_ids)
        return [
            _message(row, names.get(row.api_key_id) if row.api_key_id else None) for row in rows
        ]

    async def _require_known(self, wanted: RequestFilter) -> None:
        """Raise the error for a key or a user that the organisation doesn't have.

        Keys and members of both modes belong to the live organisation.
        """
        org_id = current().in_live_mode().require_org()
        key_id, user_id = wanted.api_key_id, wanted.user_id
        async with self._database.org(org_id) as connection:
            has_key = key_id is None or await api_keys.exists(connection, org_id, key_id)
            has_user = user_id is None or await orgs.member(connection, org_id, user_id)
        if key_id and not has_key:
            raise await api_keys.not_found(self._database, key_id)
        if user_id and not has_user:
            raise await users.not_found(self._database, user_id)


def _filter(request: request_log_pb2.ListRequestsRequest) -> RequestFilter:
    since = request.from_time.ToDatetime(UTC) if request.HasField("from_time") else None
    until = request.to_time.ToDatetime(UTC) if request.HasField("to_time") else None
    if since and until and since >= until:
        raise InvalidInput.of("to", "Must be later than `from`.")
    return RequestFilter(
        api_key_id=parse_id(request.api_key_id),
        user_id=parse_id(request.user_id),
        status_class=request.status_class or None,
        method=request.method or None,
        route=request.route or None,
        request_id=request.request_id or None,
        first=_first_at(since),
        end=_first_at(until),
    )


def _first_at(time: datetime | None) -> UUID | None:
    return first_id_at(time) if time else None


def _message(row: LoggedRequest, key_name: str | None) -> request_log_pb2.LoggedRequest:
    message = request_log_pb2.LoggedRequest(api_key_name=key_name)
    return fill(message, row, created_at=time_of(row.id))
