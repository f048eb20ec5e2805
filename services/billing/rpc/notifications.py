"""``NotificationService``."""

from datetime import datetime

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
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
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            found = await alerts.page(connection, org_id, page.rows_to_read, page.last_id)
        found, next_cursor = page.split(found)
        return notifications_pb2.ListNotificationsResponse(
            items=[_notification(alert) for alert in found], next_cursor=next_cursor
        )


def _notification(alert: Alert) -> notifications_pb2.Alert:
    numbers = [
        fill(
            notifications_pb2.AlertNumber(),
            {**number, "at": datetime.fromisoformat(number["at"])},
        )
        for number in alert.details.get("numbers", ())
    ]
    payload = fill(notifications_pb2.AlertDetails(), {**alert.details, "numbers": numbers})
    return fill(notifications_pb2.Alert(payload=payload), alert)
