"""Sending windows around the present, whatever time it is."""

from datetime import UTC, datetime, timedelta

from servicekit.identity import acting_as
from services.campaigns.tests.organisation import Organisation
from smsblaster.messaging.v1 import quiet_hours_pb2, quiet_hours_pb2_grpc

EVERY_DAY = quiet_hours_pb2.Weekday.values()[1:]


def zone_at(hour: int) -> str:
    """A time zone in which it is past ``hour`` o'clock now, and not yet the next hour."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    # Their names count westwards.
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def noon_soon() -> datetime:
    """When it is next noon in the zone in which it is past eight now."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=4)


async def set_windows(organisation: Organisation, *windows: tuple[str, str]) -> None:
    """Let the organisation's campaigns send on every day from and until these hours."""
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
