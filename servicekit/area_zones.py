"""Find every time zone that the numbers of an area code, or a country's mobiles, may be in.

``phonenumbers`` finds zones by prefix and returns those of the longest prefix that matches. This
result can be wrong: an area may have two zones while the data lacks a new prefix, and people who
move keep their numbers. So this module returns all zones of all prefixes of the area. ``ALSO`` adds
zones that the library's data lacks.

Import this module only where numbers are looked up, because ``phonenumbers`` takes 50 ms to load.
"""

from collections.abc import Mapping
from functools import cache

from phonenumbers import (
    PhoneNumber,
    PhoneNumberType,
    length_of_geographical_area_code,
    length_of_national_destination_code,
    national_significant_number,
    number_type,
    region_code_for_number,
)
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number
from phonenumbers.tzdata import TIMEZONE_DATA

Zones = frozenset[str]

# Calling codes of countries where mobile numbers have the same area codes as landlines.
_MOBILES_WITH_AREAS = frozenset({1, 52, 54, 55})
# Russia and Kazakhstan share +7.
_KAZAKHSTAN = ("76", "77")

_EASTERN, _CENTRAL, _MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"
_PACIFIC = "America/Los_Angeles"
_BRITISH_COLUMBIA = (
    "America/Vancouver",
    "America/Edmonton",  # Cranbrook, Golden
    "America/Dawson_Creek",  # Peace River: Mountain time without daylight saving
)
_SASKATCHEWAN = (
    "America/Regina",
    "America/Edmonton",  # Lloydminster
    "America/Winnipeg",  # Creighton, Denare Beach
)
_EASTERN_QUEBEC = (
    "America/Toronto",
    "America/Halifax",  # Magdalen Islands
    "America/Blanc-Sablon",  # Lower North Shore: Atlantic time without daylight saving
)
_NEWFOUNDLAND = ("America/St_Johns", "America/Halifax")  # Labrador: Atlantic time

# Time zones by prefix. In North America a new area code that is added to an area (an overlay) has
# the zones of the older area codes there (NANPA's planning letters name both). Places whose time
# differs from their county's, by law or by custom, come from the tz database's files `northamerica`
# and `zone1970.tab` and from 49 CFR part 71, which draws the borders of the zones of the United
# States.
ALSO: Mapping[str, tuple[str, ...]] = {
    "1208": (_MOUNTAIN, _PACIFIC),
    "1986": (_MOUNTAIN, _PACIFIC),  # over 208: Idaho
    "1219": (_CENTRAL, _EASTERN),  # Indiana: Pulaski County is Eastern
    "1574": (_CENTRAL, _EASTERN),  # Indiana: Starke County is Central
    "1812": (_CENTRAL, _EASTERN),
    "1930": (_CENTRAL, _EASTERN),  # over 812: Indiana, Evansville is Central
    "1270": (_CENTRAL, _EASTERN),
    "1364": (_CENTRAL, _EASTERN),  # over 270: Kentucky
    "1606": (_CENTRAL, _EASTERN),  # Kentucky: Clinton County is Central
    "1423": (_CENTRAL, _EASTERN),  # Tennessee: Marion and Sequatchie counties are Central
    "1931": (_CENTRAL, _EASTERN),  # Tennessee: the limit runs along its eastern counties
    "1850": (_CENTRAL, _EASTERN),
    "1448": (_CENTRAL, _EASTERN),  # over 850: Florida, west of the Apalachicola is Central
    "1334": (_CENTRAL, _EASTERN),  # Alabama: Phenix City and Lanett keep Georgia's time
    "1483": (_CENTRAL, _EASTERN),  # over 334
    "1906": (_CENTRAL, _EASTERN),  # Michigan: four counties at the border are Central
    "1308": (_CENTRAL, _MOUNTAIN),
    "1605": (_CENTRAL, _MOUNTAIN),
    "1701": (_CENTRAL, _MOUNTAIN),
    "1620": (_CENTRAL, _MOUNTAIN),  # Kansas: Hamilton and Greeley counties are Mountain
    "1785": (_CENTRAL, _MOUNTAIN),  # Kansas: Sherman and Wallace counties are Mountain
    "1580": (_CENTRAL, _MOUNTAIN),  # Oklahoma: Kenton keeps Mountain time
    "1432": (_CENTRAL, _MOUNTAIN),  # Texas: north-western Culberson County keeps Mountain time
    "1541": (_MOUNTAIN, _PACIFIC),
    "1458": (_MOUNTAIN, _PACIFIC),  # over 541: Oregon, Malheur County is Mountain
    "1775": (_MOUNTAIN, _PACIFIC),  # Nevada: West Wendover is Mountain
    "1928": (_MOUNTAIN, "America/Phoenix"),  # Arizona: the Navajo Nation has daylight saving
    "1907": ("America/Anchorage", "America/Adak", _PACIFIC),  # Alaska: Hyder keeps Pacific time
    "1807": ("America/Toronto", "America/Winnipeg", "America/Atikokan"),
    "1867": (
        *("America/Whitehorse", "America/Edmonton", "America/Winnipeg", "America/Toronto"),
        "America/Atikokan",  # Coral Harbour, Nunavut
    ),
    **dict.fromkeys(("1236", "1250", "1257", "1672", "1778"), _BRITISH_COLUMBIA),
    **dict.fromkeys(("1306", "1474", "1639"), _SASKATCHEWAN),
    **dict.fromkeys(("1367", "1418", "1581"), _EASTERN_QUEBEC),
    **dict.fromkeys(("1709", "1879"), _NEWFOUNDLAND),
    # Zones of countries and regions for which the library knows only one; taken from the tz
    # database.
    "56": ("America/Santiago", "America/Punta_Arenas", "Pacific/Easter"),
    "61": ("Australia/Darwin",),
    "618": ("Australia/Darwin",),
    "675": ("Pacific/Port_Moresby", "Pacific/Bougainville"),
    "7401": ("Europe/Kaliningrad",),
    "5591": ("America/Belem",),
    "5593": ("America/Santarem",),
    "5594": ("America/Belem",),
    "5597": ("America/Manaus", "America/Eirunepe"),
}


def zones_of_number(number: PhoneNumber) -> Zones:
    """Return every zone that the valid ``number`` may be in.

    A landline is in its area. So is a mobile, if the country's mobile numbers have area codes; if
    not, the mobile may be anywhere in the country.
    """
    code = number.country_code
    if code is None:
        return frozenset()
    national = national_significant_number(number)
    if code == 1:
        return zones_of_prefix(f"1{national[:3]}") or _by_the_library(number)
    if code in _MOBILES_WITH_AREAS or number_type(number) == PhoneNumberType.FIXED_LINE:
        length = length_of_geographical_area_code(number)
        if code == 54 and number_type(number) == PhoneNumberType.MOBILE:
            # In Argentina the library counts the 9 of mobile numbers as part of the area code, but
            # no zone is stored with it.
            national, length = national[1:], length - 1
        length = length or length_of_national_destination_code(number)
        return zones_of_prefix(f"{code}{national[:length]}") | _by_the_library(number)
    return _of_country(code, region_code_for_number(number)) or _by_the_library(number)


@cache
def zones_of_prefix(prefix: str) -> Zones:
    """Return all zones of the numbers that begin with ``prefix``: calling code and area code."""
    zones = set(ALSO.get(prefix, ()))
    for known, theirs in _prefixes().items():
        if known.startswith(prefix):
            zones.update(theirs)
    return frozenset(zones - {UNKNOWN_TIMEZONE})


@cache
def _of_country(code: int, country: str | None) -> Zones:
    """Return all zones of a country's areas, or of all countries that share its calling code."""
    if code == 7:
        at_home = [p for p in _prefixes() if p[:1] == "7" and len(p) > 1]
        wanted = [p for p in at_home if p.startswith(_KAZAKHSTAN) == (country == "KZ")]
        return frozenset(zone for p in wanted for zone in _prefixes()[p])
    return zones_of_prefix(str(code))


@cache
def _prefixes() -> Mapping[str, tuple[str, ...]]:
    known = dict(TIMEZONE_DATA)
    return {**known, **{prefix: (*known.get(prefix, ()), *also) for prefix, also in ALSO.items()}}


def _by_the_library(number: PhoneNumber) -> Zones:
    return frozenset(time_zones_for_number(number)) - {UNKNOWN_TIMEZONE}
