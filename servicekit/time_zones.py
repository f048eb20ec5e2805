"""Time zones by their IANA names, and those that a phone number may be in.

The names come from the time zone database that Python finds (the system's or ``tzdata``), the
zones of a number from ``phonenumbers``, which is imported at the first use.
"""

import zoneinfo
from functools import cache, lru_cache

# Not zones: what a system takes for its own, and the placeholder for one that nobody set.
_NOT_ZONES = frozenset({"localtime", "posixrules", "Factory"})
_KEPT = 50_000


def is_time_zone(name: str) -> bool:
    """Whether ``name`` is an IANA time zone, such as ``America/New_York``, in exactly that case."""
    return name in _names()


@lru_cache(maxsize=_KEPT)
def zones_of(phone: str) -> tuple[str, ...]:
    """Every time zone that the E.164 number ``phone`` may be in, by name.

    Several where numbers of its kind are used across zones (a British mobile, an American
    toll-free number); none for a short code or a number that no country assigns. People move and
    keep their numbers: it says where the number is from.
    """
    from phonenumbers import NumberParseException, parse
    from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

    try:
        found = time_zones_for_number(parse(phone))
    except NumberParseException:
        return ()
    return tuple(sorted(zone for zone in found if zone != UNKNOWN_TIMEZONE))


@cache
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - _NOT_ZONES)
