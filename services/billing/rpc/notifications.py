"""``NotificationService``."""

from datetime import datetime

from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.billing.storage import notifications
from smsblaster.billing.v1 import notifications_pb2, notifications_pb2_grpc


class NotificationRpc(notifications_pb2_grpc.NotificationServiceServicer):
    """Serves what organisations were told."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListNotifications(
        self, request: notifications_pb2.ListNotificationsRequest, context: Context
    ) -> notifications_pb2.ListNotificationsResponse:
        """A page of the organisation's notifications."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await notifications.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return notifications_pb2.ListNotificationsResponse(
            items=[_notification(row) for row in rows], next_cursor=next_cursor
        )


def _notification(row: RowMapping) -> notifications_pb2.Notification:
    kept = row["payload"]
    numbers = [
        fill(
            notifications_pb2.NotifiedNumber(),
            {**number, "at": datetime.fromisoformat(number["at"])},
        )
        for number in kept.get("numbers", ())
    ]
    payload = fill(notifications_pb2.NotificationPayload(), {**kept, "numbers": numbers})
    return fill(notifications_pb2.Notification(), {**row, "payload": payload})
