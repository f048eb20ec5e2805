"""The phone numbers that can be bought: 555-0100 to 555-0199 of many area codes."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from simulator.edge import Call, Reply, json_reply
from simulator.twilio import phones
from simulator.twilio.errors import TwilioError
from simulator.twilio.magic import EMPTY_AREA_CODE
from simulator.twilio.models import TwilioAccount
from simulator.twilio.paging import PageRequest
from simulator.twilio.state import Twilio

AREA_CODES = {
    "US": {
        "415": ("San Francisco", "CA", "94103"),
        "213": ("Los Angeles", "CA", "90012"),
        "212": ("New York", "NY", "10001"),
        "312": ("Chicago", "IL", "60601"),
        "206": ("Seattle", "WA", "98101"),
        "512": ("Austin", "TX", "78701"),
        "303": ("Denver", "CO", "80202"),
        "617": ("Boston", "MA", "02108"),
        "305": ("Miami", "FL", "33101"),
        "404": ("Atlanta", "GA", "30303"),
        "602": ("Phoenix", "AZ", "85003"),
        "202": ("Washington", "DC", "20001"),
    },
    "CA": {
        "416": ("Toronto", "ON", "M5H 2N2"),
        "604": ("Vancouver", "BC", "V6B 1A1"),
        "514": ("Montreal", "QC", "H2Y 1C6"),
    },
}
TOLL_FREE_CODES = ("800", "833", "844", "855", "866", "877", "888")
COUNTRIES = {"US": "United States", "CA": "Canada"}
KINDS = {"Local": "local", "TollFree": "toll-free"}
LISTED_BY_DEFAULT = 30

Place = tuple[str | None, str | None, str | None]
NOWHERE: Place = (None, None, None)


def countries(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the countries in which numbers can be bought."""
    shown = [_country_view(account, code) for code in COUNTRIES]
    return json_reply({"countries": shown, "uri": call.path})


def country(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return one country.

    Raises:
        TwilioError: 20404 if the country has no numbers.
    """
    code = call.match["country"]
    if code not in COUNTRIES:
        raise TwilioError(20404, call.path)
    return json_reply(_country_view(account, code))


def search(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return free phone numbers of a country and kind. Filters are area code, place and pattern.

    Raises:
        TwilioError: 20404 if the country or kind has no numbers.
    """
    code, kind = call.match["country"], KINDS.get(call.match["kind"])
    if code not in COUNTRIES or kind is None:
        raise TwilioError(20404, call.path)
    size = PageRequest.of(call).size if "PageSize" in call.query else LISTED_BY_DEFAULT
    wanted = _wanted(call)
    found: list[dict[str, Any]] = []
    for number, place in _candidates(code, kind, call.query.get("AreaCode")):
        if len(found) >= size:
            break
        if is_free(twilio, number) and wanted(number, place):
            found.append(_number_view(code, number, place))
    return json_reply({"available_phone_numbers": found, "uri": call.path})


def is_free(twilio: Twilio, number: str) -> bool:
    """Tell whether the phone number can be bought: no account has it now or had it before."""
    return number not in twilio.owned and number not in twilio.quarantined


def first_free(twilio: Twilio, area_code: str, kind: str) -> str | None:
    """Return the first free number of an area code, or None."""
    countries_of_code = [c for c, codes in AREA_CODES.items() if area_code in codes] or ["US"]
    candidates = _candidates(countries_of_code[0], kind, area_code)
    return next((number for number, _ in candidates if is_free(twilio, number)), None)


def _candidates(country_code: str, kind: str, area_code: str) -> Iterator[tuple[str, Place]]:
    known = AREA_CODES[country_code] if kind == "local" else dict.fromkeys(TOLL_FREE_CODES, NOWHERE)
    places: dict[str, Place] = {**known}
    if area_code == EMPTY_AREA_CODE:
        return
    codes = [area_code] if area_code else list(places)
    for line in range(100, 200):
        for code in codes:
            number = f"+1{code}555{line:04d}"
            if code in places or phones.country(number) == country_code:
                yield number, places.get(code, NOWHERE)


def _wanted(call: Call) -> Callable[[str, Place], bool]:
    """Return a function that tells whether a phone number and its place match a search request."""
    pattern = _contains(call.query.get("Contains"))
    locality, region = call.query.get("InLocality").lower(), call.query.get("InRegion")

    def matches(number: str, place: Place) -> bool:
        city, state, _ = place
        return (
            (pattern is None or pattern.search(number) is not None)
            and (not locality or (city or "").lower() == locality)
            and (not region or state == region)
        )

    return matches


KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
META = {"*": r"\d", "%": r"\d*", "+": r"^\+?1?", "$": "$"}


def _contains(text: str) -> re.Pattern[str] | None:
    """Return the parameter `Contains` as a regular expression.

    `*` is one digit, `%` any digits, `+` the start and `$` the end.
    """
    if not text:
        return None
    return re.compile("".join(META.get(c, re.escape(c)) for c in text.upper().translate(KEYPAD)))


def _number_view(country_code: str, number: str, place: Place) -> dict[str, Any]:
    city, state, postal_code = place
    return {
        "friendly_name": phones.national(number),
        "phone_number": number,
        "lata": None,
        "locality": city,
        "rate_center": city and city.upper(),
        "latitude": None,
        "longitude": None,
        "region": state,
        "postal_code": postal_code,
        "iso_country": country_code,
        "address_requirements": "none",
        "beta": False,
        "capabilities": {"voice": True, "sms": True, "mms": True},
    }


def _country_view(account: TwilioAccount, code: str) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{account.sid}/AvailablePhoneNumbers/{code}"
    return {
        "country_code": code,
        "country": COUNTRIES[code],
        "beta": False,
        "uri": f"{uri}.json",
        "subresource_uris": {
            "local": f"{uri}/Local.json",
            "toll_free": f"{uri}/TollFree.json",
        },
    }
