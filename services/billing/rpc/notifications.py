"""``NotificationService``: a user's alerts and notices, read or unread."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.ids import parse_id
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.billing.domain.alert_messages import alert_message
from services.billing.storage import notifications
from services.billing.storage.notifications import MOST_UNREAD, Notification, Reader
from services.billing.usecases.read_notifications import ReadNotifications
from smsblaster.billing.v1 import notifications_pb2, notifications_pb2_grpc


class NotificationRpc(notifications_pb2_grpc.NotificationServiceServicer):
    """Lists notifications and marks them as read."""

    def __init__(self, database: Database, cursors: CursorCodec, read: ReadNotifications) -> None:
        self._database = database
        self._cursors = cursors
        self._read = read

    async def ListNotifications(
        self, request: notifications_pb2.ListNotificationsRequest, context: Context
    ) -> notifications_pb2.ListNotificationsResponse:
        """List the caller's notifications, newest first."""
        reader = _reader()
        page = PageRequest(self._cursors, reader.org_id, request)
        async with self._database.org(reader.org_id) as connection:
            found = await notifications.page(connection, reader, page.rows_to_read, page.last_id)
            unread = await notifications.count_unread(connection, reader)
        found, next_cursor = page.split(found)
        return notifications_pb2.ListNotificationsResponse(
            items=[_notification(each) for each in found],
            next_cursor=next_cursor,
            unread_count=unread,
            unread_count_is_exact=unread < MOST_UNREAD,
        )

    async def MarkNotificationRead(
        self, request: notifications_pb2.MarkNotificationReadRequest, context: Context
    ) -> notifications_pb2.UnreadNotifications:
        """Mark a notification as read for the caller. Returns the count of unread ones."""
        return _unread(await self._read.read(_reader(), UUID(request.id)))

    async def MarkAllNotificationsRead(
        self, request: notifications_pb2.MarkAllNotificationsReadRequest, context: Context
    ) -> notifications_pb2.UnreadNotifications:
        """Mark all of the caller's notifications as read. Returns the count of unread ones."""
        return _unread(await self._read.read_all(_reader(), parse_id(request.until)))


def _reader() -> Reader:
    caller = identity.current()
    return Reader(caller.require_org(), caller.require_user())


def _unread(count: int) -> notifications_pb2.UnreadNotifications:
    return notifications_pb2.UnreadNotifications(
        unread_count=count, unread_count_is_exact=count < MOST_UNREAD
    )


def _notification(stored: Notification) -> notifications_pb2.AccountNotification:
    details = stored.details
    if details is None:
        return fill(notifications_pb2.AccountNotification(), stored)
    answer = fill(notifications_pb2.AccountNotification(payload=_payload(details)), stored)
    answer.message = alert_message(stored.type, details)
    return answer


def _payload(details: Mapping[str, Any]) -> notifications_pb2.AlertDetails:
    numbers = [
        fill(
            notifications_pb2.AlertNumber(),
            {**number, "at": datetime.fromisoformat(number["at"])},
        )
        for number in details.get("numbers", ())
    ]
    return fill(notifications_pb2.AlertDetails(), {**details, "numbers": numbers})
