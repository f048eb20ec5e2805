"""Sending windows relative to the current time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from servicekit.identity import acting_as
from services.campaigns.tests.organisation import Organisation
from smsblaster.messaging.v1 import quiet_hours_pb2, quiet_hours_pb2_grpc

EVERY_DAY = quiet_hours_pb2.Weekday.values()[1:]


def zone_at(hour: int) -> str:
    """Return a time zone in which the current hour is `hour`."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    # The sign in these names is reversed: Etc/GMT+5 is five hours behind UTC.
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def next_noon(zone: str) -> datetime:
    """Return the next noon in the time zone."""
    now = datetime.now(ZoneInfo(zone))
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    return noon if noon > now else noon + timedelta(days=1)


async def set_windows(organisation: Organisation, *windows: tuple[str, str]) -> None:
    """Set the sending windows of the organisation for every day."""
    messaging = organisation.neighbours.messaging
    stub = quiet_hours_pb2_grpc.QuietHoursServiceStub(messaging.channel)
    written = [
        quiet_hours_pb2.SendingWindow(days=EVERY_DAY, **{"from": opens, "to": closes})
        for opens, closes in windows
    ]
    request = quiet_hours_pb2.UpdateQuietHoursRequest(
        enabled=bool(windows), windows=written, default_time_zone="UTC"
    )
    with acting_as(organisation.person.identity()):
        await messaging.caller().call(stub.UpdateQuietHours, request)
