"""Names of time zones, and the time zones to which a phone number may belong."""

from zoneinfo import ZoneInfo

import pytest
from phonenumbers import is_valid_number, parse
from phonenumbers.tzdata import TIMEZONE_DATA

from servicekit.area_zones import ALSO, zones_of_prefix
from servicekit.time_zones import is_time_zone, zones_of


@pytest.mark.parametrize("name", ["America/New_York", "Europe/London", "UTC", "Asia/Kolkata"])
def test_names_in_the_tz_database_are_accepted_as_time_zones(name: str) -> None:
    assert is_time_zone(name)


@pytest.mark.parametrize(
    "name",
    ["", "EDT", "+02:00", "america/new_york", "America", "../etc/passwd", "localtime", "Mars/Base"],
)
def test_names_that_are_not_in_the_tz_database_are_refused_as_time_zones(name: str) -> None:
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
def test_the_area_code_of_a_phone_number_determines_its_time_zone(
    phone: str, zones: set[str]
) -> None:
    assert set(zones_of(phone)) == zones


EASTERN, CENTRAL, MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"
PACIFIC, ALASKA, ATLANTIC = "America/Los_Angeles", "America/Anchorage", "America/Halifax"

# North American areas on a border between time zones, with all area codes of each area.
TWO_ZONES = {
    (EASTERN, CENTRAL): "219 270 334 364 423 448 483 574 606 812 850 906 930 931",
    (CENTRAL, MOUNTAIN): "308 432 580 605 620 701 785",
    (MOUNTAIN, PACIFIC): "208 458 541 775 986",
    (MOUNTAIN, "America/Phoenix"): "928",
    (ALASKA, "America/Adak", PACIFIC): "907",
    ("America/Vancouver", "America/Edmonton", "America/Dawson_Creek"): "236 250 257 672 778",
    ("America/Regina", "America/Edmonton", "America/Winnipeg"): "306 474 639",
    ("America/Toronto", "America/Winnipeg"): "807",
    ("America/Toronto", ATLANTIC): "367 418 581",
    ("America/St_Johns", ATLANTIC): "709 879",
    ("America/Whitehorse", "America/Edmonton", "America/Winnipeg", "America/Toronto"): "867",
}
ONE_ZONE = {
    EASTERN: "212 305 317 404 502 859 865",
    CENTRAL: "205 256 312 402 531 512 615 629 713 938",
    MOUNTAIN: "303 406 505 801 915",
    PACIFIC: "206 213 415 503 702",
    "America/Phoenix": "480 602",
    "America/Vancouver": "604",
}


@pytest.mark.parametrize(
    ("area_code", "zones"),
    [(code, zones) for zones, codes in TWO_ZONES.items() for code in codes.split()],
)
def test_a_phone_number_in_an_area_with_several_time_zones_has_all_of_them(
    area_code: str, zones: tuple[str, ...]
) -> None:
    prefix = f"1{area_code}"
    assert set(zones) <= zones_of_prefix(prefix)
    number = f"+{prefix}5550123"
    if is_valid_number(parse(number)):
        assert set(zones_of(number)) == zones_of_prefix(prefix)


@pytest.mark.parametrize(
    ("area_code", "zone"),
    [(code, zone) for zone, codes in ONE_ZONE.items() for code in codes.split()],
)
def test_a_phone_number_in_an_area_with_one_time_zone_has_only_that_one(
    area_code: str, zone: str
) -> None:
    assert zones_of(f"+1{area_code}5550123") == (zone,)


@pytest.mark.parametrize("prefix", sorted({key[:4] for key in TIMEZONE_DATA if key[:1] == "1"}))
def test_a_phone_number_has_all_time_zones_that_the_library_lists_for_its_area(prefix: str) -> None:
    if len(prefix) == 4:
        known = {z for key, zones in TIMEZONE_DATA.items() if key.startswith(prefix) for z in zones}
        assert known <= zones_of_prefix(prefix)


@pytest.mark.parametrize(
    ("phone", "zones"),
    [
        ("+79161234567", {"Europe/Moscow", "Asia/Vladivostok", "Europe/Kaliningrad"}),
        ("+77011234567", {"Asia/Almaty", "Asia/Aqtobe"}),
        ("+74012123456", {"Europe/Kaliningrad"}),
        ("+6281234567890", {"Asia/Jakarta", "Asia/Jayapura", "Asia/Makassar"}),
        ("+34612345678", {"Europe/Madrid", "Atlantic/Canary"}),
        ("+351912345678", {"Europe/Lisbon", "Atlantic/Azores"}),
        ("+56961234567", {"America/Santiago", "America/Punta_Arenas", "Pacific/Easter"}),
        ("+593991234567", {"America/Guayaquil", "Pacific/Galapagos"}),
        ("+61412345678", {"Australia/Perth", "Australia/Sydney", "Australia/Darwin"}),
        ("+61891234567", {"Australia/Perth", "Australia/Adelaide", "Australia/Darwin"}),
        ("+5591961234567", {"America/Belem", "America/Manaus"}),
        ("+5597981234567", {"America/Manaus", "America/Eirunepe"}),
        ("+529987654321", {"America/Cancun"}),
    ],
)
def test_mobile_numbers_and_area_codes_of_other_countries_have_all_their_time_zones(
    phone: str, zones: set[str]
) -> None:
    assert zones <= set(zones_of(phone))


def test_kazakh_and_russian_mobile_numbers_get_only_time_zones_of_their_own_country() -> None:
    assert "Europe/Moscow" not in zones_of("+77011234567")
    assert "Asia/Oral" not in zones_of("+79161234567")


def test_every_time_zone_that_is_listed_for_a_number_prefix_exists() -> None:
    prefixes = {*TIMEZONE_DATA, *ALSO}
    assert all(is_time_zone(zone) for prefix in prefixes for zone in zones_of_prefix(prefix))


def test_a_phone_number_without_an_area_code_has_all_time_zones_of_its_country() -> None:
    zones = zones_of("+61412345678")
    assert {"Australia/Perth", "Australia/Sydney"} <= set(zones)
    assert all(is_time_zone(zone) and ZoneInfo(zone) for zone in zones)
