"""Serve ``SessionService``: the caller's own sessions."""

from datetime import timedelta
from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.domain import clients
from services.gateway.domain.devices import device_of
from services.gateway.storage import open_sessions
from services.gateway.storage.open_sessions import OpenSession
from services.gateway.usecases.end_sessions import EndSessions
from smsblaster.identity.v1 import sessions_pb2, sessions_pb2_grpc


class SessionService(sessions_pb2_grpc.SessionServiceServicer):
    """Implements ``identity/v1/sessions.proto``. A session ends when it is `longest` old."""

    def __init__(
        self, database: Database, cursors: CursorCodec, longest: timedelta, ending: EndSessions
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._longest = longest
        self._ending = ending

    async def ListSessions(
        self, request: sessions_pb2.ListSessionsRequest, context: Context
    ) -> sessions_pb2.ListSessionsResponse:
        """List the caller's sessions that have not ended."""
        org_id, user_id = current().require_org(), current().require_user()
        page = PageRequest(self._cursors, org_id, request)
        wanted = open_sessions.Wanted(org_id, user_id, self._longest, page.last_id)
        async with self._database.org(org_id) as connection:
            rows = await open_sessions.page(connection, wanted, page.rows_to_read)
        rows, next_cursor = page.split(rows)
        return sessions_pb2.ListSessionsResponse(
            items=[_message(row) for row in rows], next_cursor=next_cursor
        )

    async def EndSession(
        self, request: sessions_pb2.EndSessionRequest, context: Context
    ) -> sessions_pb2.EndSessionResponse:
        """End one of the caller's sessions."""
        await self._ending.end(current(), UUID(request.id))
        return sessions_pb2.EndSessionResponse()

    async def EndSessions(
        self, request: sessions_pb2.EndSessionsRequest, context: Context
    ) -> sessions_pb2.EndSessionsResponse:
        """End all of the caller's sessions except this one."""
        await self._ending.end_others(current())
        return sessions_pb2.EndSessionsResponse()


def _message(session: OpenSession) -> sessions_pb2.UserSession:
    message = fill(sessions_pb2.UserSession(), session)
    message.device = device_of(session.user_agent)
    message.is_current = session.id == clients.current().session_id
    return message
