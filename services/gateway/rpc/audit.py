"""Serve ``AuditService``: the audit logs of organisations."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.modes import is_test, live_org_of
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.storage import all_orgs, audit, orgs, users
from services.gateway.storage.audit import AuditFilter, Position, StoredAuditEntry
from smsblaster.audit.v1 import audit_pb2, audit_pb2_grpc

_SORTED_BY = ("created_at", "id")

_Request = audit_pb2.ListAuditRequest | audit_pb2.ListAllAuditRequest


class AuditService(audit_pb2_grpc.AuditServiceServicer):
    """Implements ``audit/v1/audit.proto``."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListAudit(
        self, request: audit_pb2.ListAuditRequest, context: Context
    ) -> audit_pb2.ListAuditResponse:
        """List the audit entries of the caller's organisation."""
        org_id, page = current().require_org(), self._page(request)
        wanted = _filter(request, org_id, page)
        if wanted.user_id is not None:
            await self._require_member(wanted.user_id)
        async with self._database.org(org_id) as connection:
            rows = await audit.page(connection, wanted, page.rows_to_read)
        return _response(page, rows)

    async def _require_member(self, user_id: UUID) -> None:
        """Check that a user is or was a member of the caller's organisation."""
        org_id = current().in_live_mode().require_org()
        async with self._database.org(org_id) as connection:
            member = await orgs.member(connection, org_id, user_id)
        if member is None:
            raise await users.not_found(self._database, user_id)

    async def ListAllAudit(
        self, request: audit_pb2.ListAllAuditRequest, context: Context
    ) -> audit_pb2.ListAuditResponse:
        """List the audit entries of all organisations, for operators."""
        page = self._page(request)
        wanted = _filter(request, UUID(request.org_id) if request.org_id else None, page)
        async with self._database.system() as connection:
            rows = await audit.page(connection, wanted, page.rows_to_read)
            names = await all_orgs.names(connection, {live_org_of(row.org_id) for row in rows})
        answer = _response(page, rows)
        for item, row in zip(answer.items, rows, strict=False):
            name = names.get(live_org_of(row.org_id))
            if name is not None:
                item.org_name = f"{name} (test mode)" if is_test(row.org_id) else name
        return answer

    def _page(self, request: _Request) -> PageRequest:
        return PageRequest(self._cursors, current().require_org(), request, _SORTED_BY)


def _filter(request: _Request, org_id: UUID | None, page: PageRequest) -> AuditFilter:
    return AuditFilter(
        org_id=org_id,
        user_id=UUID(request.user_id) if request.user_id else None,
        action=request.action or None,
        since=_time(request.from_time) if request.HasField("from_time") else None,
        until=_time(request.to_time) if request.HasField("to_time") else None,
        before=_position(page.position) if page.position else None,
    )


def _response(page: PageRequest, rows: Sequence[StoredAuditEntry]) -> audit_pb2.ListAuditResponse:
    rows, next_cursor = page.split(rows)
    return audit_pb2.ListAuditResponse(
        items=[_message(row) for row in rows], next_cursor=next_cursor
    )


def _time(given: Timestamp) -> datetime:
    return given.ToDatetime(UTC)


def _position(parts: tuple[str, ...]) -> Position:
    return Position(datetime.fromisoformat(parts[0]), UUID(parts[1]))


def _message(entry: StoredAuditEntry) -> audit_pb2.AuditEntry:
    meta = ParseDict(dict(entry.meta), Struct())
    return fill(audit_pb2.AuditEntry(), entry, meta=meta)
