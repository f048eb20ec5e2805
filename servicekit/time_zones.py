"""Find time zones by their IANA names, and the time zones that a phone number may be in.

The names come from the time zone database that Python finds (the system's or ``tzdata``), the zones
of a number from ``phonenumbers``, which is imported at the first use.
"""

import zoneinfo
from functools import cache, lru_cache

from servicekit.errors import InvalidInput
from servicekit.phones import normalise_us_fast

# These names are not time zones: the system's own zone, and the placeholder for an unknown zone.
_NOT_ZONES = frozenset({"localtime", "posixrules", "Factory"})
_KEPT = 50_000


NOT_A_TIME_ZONE = "is not an IANA time zone, such as America/New_York"
"""The error message for a field with an unknown time zone."""


def is_time_zone(name: str) -> bool:
    """Tell whether ``name`` is an IANA time zone in its usual case: ``America/New_York``."""
    return name in _names()


def time_zone_named(text: str) -> str | None:
    """Return the IANA time zone that ``text`` names; None for an unknown name.

    The case does not matter, and spaces may stand for underscores: ``america/new york``.
    """
    return _by_lower_case().get("_".join(text.lower().split()))


def require_time_zone(text: str) -> str:
    """Return the IANA time zone that ``text`` names. Raises ``InvalidInput`` for ``timeZone``."""
    name = time_zone_named(text)
    if name is None:
        raise InvalidInput.of("timeZone", NOT_A_TIME_ZONE)
    return name


@lru_cache(maxsize=_KEPT)
def zones_of(phone: str) -> tuple[str, ...]:
    """Return every time zone that the E.164 number ``phone`` may be in, by name.

    These are all zones of its area code. A phone number without an area (a mobile in most
    countries, an American toll-free number) has all zones of its country. A short code and a number
    of no country have none. People move and keep their numbers, so a person may be in another zone.
    """
    from phonenumbers import NumberParseException, is_valid_number, parse

    from servicekit.area_zones import zones_of_number, zones_of_prefix

    if normalise_us_fast(phone) == phone:  # the result for most numbers, and found 20 times as fast
        return tuple(sorted(zones_of_prefix(phone[1:5])))
    try:
        number = parse(phone)
    except NumberParseException:
        return ()
    return tuple(sorted(zones_of_number(number))) if is_valid_number(number) else ()


@cache
def _by_lower_case() -> dict[str, str]:
    return {name.lower(): name for name in _names()}


@cache
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - _NOT_ZONES)
