"""Time zones: names as IANA writes them, and where a number may be."""

from zoneinfo import ZoneInfo

import pytest

from servicekit.time_zones import is_time_zone, zones_of


@pytest.mark.parametrize("name", ["America/New_York", "Europe/London", "UTC", "Asia/Kolkata"])
def test_names_of_the_database_are_time_zones(name: str) -> None:
    assert is_time_zone(name)


@pytest.mark.parametrize(
    "name",
    ["", "EDT", "+02:00", "america/new_york", "America", "../etc/passwd", "localtime", "Mars/Base"],
)
def test_other_names_are_not(name: str) -> None:
    assert not is_time_zone(name)


@pytest.mark.parametrize(
    ("phone", "zones"),
    [
        ("+14155550100", {"America/Los_Angeles"}),
        ("+12125550100", {"America/New_York"}),
        ("+5511961234567", {"America/Sao_Paulo"}),
        ("+12345", set()),
        ("12345", set()),
        ("", set()),
    ],
)
def test_an_area_code_tells_the_zone(phone: str, zones: set[str]) -> None:
    assert set(zones_of(phone)) == zones


def test_a_number_that_is_used_across_zones_has_them_all() -> None:
    zones = zones_of("+61412345678")
    assert {"Australia/Perth", "Australia/Sydney"} <= set(zones)
    assert all(is_time_zone(zone) and ZoneInfo(zone) for zone in zones)
