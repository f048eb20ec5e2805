"""`QuietHoursService`: when an organisation's campaigns may text people."""

from typing import Any

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import enum_name, enum_value, fill
from servicekit.rpc.server import Context
from services.messaging.sending.domain.quiet_hours import WrittenWindow
from services.messaging.sending.storage import quiet_hours
from services.messaging.sending.storage.quiet_hours import WrittenHours
from services.messaging.sending.usecases.set_quiet_hours import SetQuietHours
from smsblaster.messaging.v1 import quiet_hours_pb2, quiet_hours_pb2_grpc

_WEEKDAY = quiet_hours_pb2.Weekday.DESCRIPTOR


class QuietHoursRpc(quiet_hours_pb2_grpc.QuietHoursServiceServicer):
    """Serves an organisation's sending windows."""

    def __init__(self, database: Database, set_hours: SetQuietHours) -> None:
        self._database = database
        self._set_hours = set_hours

    async def GetQuietHours(
        self, request: quiet_hours_pb2.GetQuietHoursRequest, context: Context
    ) -> quiet_hours_pb2.QuietHours:
        """Return the organisation's sending windows."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            return _quiet_hours(await quiet_hours.find(connection, org_id))

    async def UpdateQuietHours(
        self, request: quiet_hours_pb2.UpdateQuietHoursRequest, context: Context
    ) -> quiet_hours_pb2.QuietHours:
        """Replace the organisation's sending windows."""
        hours = WrittenHours(
            request.enabled,
            [_written(window) for window in request.windows],
            request.default_time_zone or "UTC",
        )
        if_version = request.if_version if request.HasField("if_version") else None
        org_id = identity.current().require_org()
        return _quiet_hours(await self._set_hours.set(org_id, hours, if_version))


def _written(window: quiet_hours_pb2.SendingWindow) -> dict[str, Any]:
    days = [enum_name(_WEEKDAY, day) for day in sorted(window.days)]
    return {"days": days, "from": getattr(window, "from"), "to": window.to}


def _window(written: WrittenWindow) -> quiet_hours_pb2.SendingWindow:
    days = [enum_value(_WEEKDAY, day) for day in written["days"]]
    return fill(quiet_hours_pb2.SendingWindow(), written, days=days)


def _quiet_hours(hours: WrittenHours) -> quiet_hours_pb2.QuietHours:
    windows = [_window(window) for window in hours.windows]
    return fill(quiet_hours_pb2.QuietHours(), hours, windows=windows)
