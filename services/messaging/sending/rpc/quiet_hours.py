"""``QuietHoursService``."""

from collections.abc import Mapping
from typing import Any

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import enum_name, enum_value, fill
from servicekit.rpc.server import Context
from services.messaging.sending.storage import quiet_hours
from services.messaging.sending.usecases.set_quiet_hours import set_quiet_hours
from smsblaster.messaging.v1 import quiet_hours_pb2, quiet_hours_pb2_grpc

_WEEKDAY = quiet_hours_pb2.Weekday.DESCRIPTOR
_UNSET: Mapping[str, Any] = {"enabled": False, "windows": [], "default_time_zone": "UTC"}


class QuietHoursRpc(quiet_hours_pb2_grpc.QuietHoursServiceServicer):
    """Serves sending windows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetQuietHours(
        self, request: quiet_hours_pb2.GetQuietHoursRequest, context: Context
    ) -> quiet_hours_pb2.QuietHours:
        """The organisation's windows."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            row = await quiet_hours.find(connection, org_id)
        return _quiet_hours(dict(row or _UNSET))

    async def UpdateQuietHours(
        self, request: quiet_hours_pb2.UpdateQuietHoursRequest, context: Context
    ) -> quiet_hours_pb2.QuietHours:
        """Replace the organisation's windows."""
        row = await set_quiet_hours(
            self._database,
            identity.current().require_org(),
            request.enabled,
            [_written(window) for window in request.windows],
            request.default_time_zone or "UTC",
        )
        return _quiet_hours(dict(row))


def _written(window: quiet_hours_pb2.SendingWindow) -> dict[str, Any]:
    days = [enum_name(_WEEKDAY, day) for day in sorted(window.days)]
    return {"days": days, "from": getattr(window, "from"), "to": window.to}


def _window(written: Mapping[str, Any]) -> quiet_hours_pb2.SendingWindow:
    days = [enum_value(_WEEKDAY, day) for day in written["days"]]
    return fill(quiet_hours_pb2.SendingWindow(), {**written, "days": days})


def _quiet_hours(row: Mapping[str, Any]) -> quiet_hours_pb2.QuietHours:
    windows = [_window(window) for window in row["windows"]]
    return fill(quiet_hours_pb2.QuietHours(), {**row, "windows": windows})
