"""Sending windows apply in the recipient's time zone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import InvalidInput
from services.messaging.sending.domain.quiet_hours import (
    ROOM,
    WEEKDAYS,
    QuietHours,
    SendingClock,
    parse_quiet_hours,
)

NEW_YORK, TOKYO, KIRITIMATI = "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"
UNKNOWN = "+99999999999"
YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def windows(*spans: tuple[str, str], days: tuple[str, ...] = WEEKDAYS) -> list[dict[str, Any]]:
    return [{"days": list(days), "from": opens, "to": closes} for opens, closes in spans]


def hours(*spans: tuple[str, str], days: tuple[str, ...] = WEEKDAYS) -> QuietHours:
    return parse_quiet_hours(True, windows(*spans, days=days), "UTC")


def opens(
    quiet: QuietHours, now: datetime, zone: str | None = "UTC", phone: str = UNKNOWN
) -> datetime | None:
    return SendingClock(quiet, now, ROOM).opens_at(zone, phone)


def at(*parts: int, zone: str = "UTC") -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]


DAY = hours(("09:00", "20:00"))


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (at(2026, 3, 2, 8, 59), at(2026, 3, 2, 9)),
        (at(2026, 3, 2, 9), None),
        (at(2026, 3, 2, 19, 54), None),
        (at(2026, 3, 2, 19, 55), at(2026, 3, 3, 9)),  # too late to be sent in time
        (at(2026, 3, 2, 23), at(2026, 3, 3, 9)),
    ],
)
def test_a_message_waits_until_the_window_opens(now: datetime, opening: datetime | None) -> None:
    assert opens(DAY, now) == opening


@pytest.mark.parametrize(
    "area", ["219", "270", "364", "423", "448", "606", "812", "850", "906", "930", "931"]
)
def test_a_message_to_a_number_with_two_time_zones_waits_for_both_windows(area: int) -> None:
    phone = f"+1{area}5550123"
    nine_eastern = at(2026, 3, 2, 9, 30, zone=NEW_YORK)
    assert opens(DAY, nine_eastern, None, phone) == at(2026, 3, 2, 9, zone="America/Chicago")
    assert opens(DAY, at(2026, 3, 2, 9, 30, zone="America/Chicago"), None, phone) is None
    seven_central = at(2026, 3, 2, 19, 30, zone="America/Chicago")
    assert opens(DAY, seven_central, None, phone) is not None


def test_sending_windows_apply_in_the_recipients_time_zone() -> None:
    now = at(2026, 3, 2, 14)  # 9:00 in New York, 23:00 in Tokyo
    assert opens(DAY, now, NEW_YORK) is None
    assert opens(DAY, now, TOKYO) == at(2026, 3, 3, 9, zone=TOKYO)


def test_a_message_waits_over_the_weekend_if_the_window_is_on_weekdays() -> None:
    quiet = hours(("09:00", "20:00"), days=WEEKDAYS[:5])
    assert opens(quiet, at(2026, 3, 6, 21)) == at(2026, 3, 9, 9)
    assert opens(quiet, at(2026, 3, 7, 12)) == at(2026, 3, 9, 9)


def test_adjacent_sending_windows_are_merged() -> None:
    quiet = hours(("09:00", "12:00"), ("12:00", "24:00"), ("00:00", "01:00"))
    assert opens(quiet, at(2026, 3, 2, 11, 58)) is None
    assert opens(quiet, at(2026, 3, 2, 23, 58)) is None
    assert opens(quiet, at(2026, 3, 2, 1, 58)) == at(2026, 3, 2, 9)


def test_windows_follow_daylight_saving_time() -> None:
    # On March 8, 2026 New York's clocks go from 2:00 to 3:00.
    saturday, sunday = at(2026, 3, 7, 9, zone=NEW_YORK), at(2026, 3, 8, 9, zone=NEW_YORK)
    assert opens(DAY, at(2026, 3, 7, 13), NEW_YORK) == saturday.astimezone(UTC)
    assert opens(DAY, at(2026, 3, 8, 12), NEW_YORK) == sunday.astimezone(UTC)
    assert (sunday.astimezone(UTC) - saturday.astimezone(UTC)) == timedelta(hours=23)


def test_a_window_in_an_hour_that_the_clock_change_skips_opens_in_the_next_week() -> None:
    quiet = parse_quiet_hours(True, windows(("02:00", "03:00"), days=("sun",)), NEW_YORK)
    after_the_hour = at(2026, 3, 15, 2, zone=NEW_YORK)
    assert opens(quiet, at(2026, 3, 2), NEW_YORK) == after_the_hour.astimezone(UTC)
    # The window of this Sunday closes too soon, and the next window is two weeks ahead.
    too_late = at(2026, 3, 1, 2, 58, zone=NEW_YORK)
    assert opens(quiet, too_late, NEW_YORK) == after_the_hour.astimezone(UTC)


def test_a_number_with_many_time_zones_is_texted_only_when_all_windows_are_open() -> None:
    toll_free = "+18002530000"
    morning_in_new_york = at(2026, 3, 2, 14, 30)
    opening = opens(DAY, morning_in_new_york, None, toll_free)
    assert opening is not None
    for zone in (NEW_YORK, "America/Los_Angeles", "Pacific/Honolulu"):
        local = opening.astimezone(ZoneInfo(zone))
        assert 9 <= local.hour < 20


def test_a_number_without_a_time_zone_uses_the_default_zone() -> None:
    quiet = parse_quiet_hours(True, windows(("09:00", "20:00")), TOKYO)
    assert opens(quiet, at(2026, 3, 2, 1), None) is None
    assert opens(quiet, at(2026, 3, 2, 12), None) == at(2026, 3, 3, 9, zone=TOKYO)
    assert opens(quiet, at(2026, 3, 2, 1), "Mars/Olympus") is None


def test_if_the_windows_of_a_numbers_zones_never_overlap_the_default_zone_decides() -> None:
    quiet = parse_quiet_hours(True, windows(("09:00", "10:00")), TOKYO)
    opening = opens(quiet, at(2026, 3, 2, 12), None, "+18002530000")
    assert opening == at(2026, 3, 3, 9, zone=TOKYO)


def test_without_quiet_hours_no_message_is_deferred() -> None:
    off = parse_quiet_hours(False, windows(("09:00", "10:00")), "UTC")
    assert opens(off, at(2026, 3, 2, 3)) is None
    assert opens(QuietHours(), at(2026, 3, 2, 3)) is None


@given(
    st.integers(0, 365 * 24 * 60).map(lambda minute: YEAR + timedelta(minutes=minute)),
    st.sampled_from([NEW_YORK, TOKYO, KIRITIMATI, "Asia/Kathmandu", "Europe/London", "UTC"]),
    st.integers(0, 22),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
)
def test_the_next_sending_time_is_within_a_window_and_not_in_the_past(
    now: datetime, zone: str, hour: int, days: set[str]
) -> None:
    quiet = hours((f"{hour:02d}:00", f"{hour + 1:02d}:30"), days=tuple(days))
    opening = opens(quiet, now, zone) or now
    local = opening.astimezone(ZoneInfo(zone))
    assert now <= opening <= now + timedelta(days=8)
    minute = local.hour * 60 + local.minute
    # On the day on which clocks are put forward the hour of the window may not exist.
    assert hour * 60 <= minute < hour * 60 + 150
    assert WEEKDAYS[local.weekday()] in days


@pytest.mark.parametrize(
    ("enabled", "written", "zone", "field"),
    [
        (True, [], "UTC", "windows"),
        (True, windows(("09:00", "08:00")), "UTC", "windows[0].to"),
        (True, windows(("09:00", "20:00"), ("09:00", "09:59")), "UTC", "windows[1].to"),
        (False, [], "Mars/Olympus", "defaultTimeZone"),
    ],
)
def test_windows_that_allow_no_message_are_refused(
    enabled: bool, written: list[dict[str, Any]], zone: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_quiet_hours(enabled, written, zone)
    assert [fault.field for fault in caught.value.fields] == [field]
