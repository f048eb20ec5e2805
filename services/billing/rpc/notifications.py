"""``NotificationService``."""

from datetime import datetime

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import id_of, page_of
from servicekit.rpc.server import Context
from services.billing.storage import alerts
from services.billing.storage.alerts import Alert
from smsblaster.billing.v1 import notifications_pb2, notifications_pb2_grpc


class NotificationRpc(notifications_pb2_grpc.NotificationServiceServicer):
    """Lists alerts."""

    def __init__(self, database: Database, cursors: CursorCodec) -> None:
        self._database = database
        self._cursors = cursors

    async def ListNotifications(
        self, request: notifications_pb2.ListNotificationsRequest, context: Context
    ) -> notifications_pb2.ListNotificationsResponse:
        """List the organisation's alerts."""
        org_id = identity.current().require_org()
        limit = request.limit or 50
        before = id_of(self._cursors, org_id, request.cursor)
        async with self._database.org(org_id) as connection:
            found = await alerts.page(connection, org_id, limit + 1, before)
        found, next_cursor = page_of(self._cursors, org_id, found, limit)
        return notifications_pb2.ListNotificationsResponse(
            items=[_notification(alert) for alert in found], next_cursor=next_cursor
        )


def _notification(alert: Alert) -> notifications_pb2.Notification:
    numbers = [
        fill(
            notifications_pb2.NotifiedNumber(),
            {**number, "at": datetime.fromisoformat(number["at"])},
        )
        for number in alert.details.get("numbers", ())
    ]
    payload = fill(notifications_pb2.NotificationPayload(), {**alert.details, "numbers": numbers})
    return fill(notifications_pb2.Notification(payload=payload), alert)
