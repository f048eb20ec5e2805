"""The organisations whose screens are photographed: an empty one and a hostile one."""

from uuid import uuid4

from deploy.local.testkit.api import Api, Json
from deploy.local.testkit.organisation import Organisation
from tests.browser.screens import OBJECT_SCREENS
from tests.fixtures.platform import Platform

_LONG = "Konstantinopolitanischer Dudelsackpfeifenmachergesellschaftsverein " * 2
_UNBROKEN = "w" * 1_000
_HOSTILE = "<img src=x onerror=alert(1)><b>Bobby</b> 🎺🇩🇪👩‍👩‍👧 \u202egnp.live"
_RIGHT_TO_LEFT = "מועדון הנמל של תל אביב – הזמנה לערב מוזיקה ושירה"
_NAMES = (_LONG[:100], _RIGHT_TO_LEFT, _HOSTILE, "W" * 100)
# The sum is several million dollars, which is more than one adjustment may add.
_LARGE_CREDIT_CENTS = 98_765_432
_CREDITS = 3
_NUMBERS = 2
_AREA_CODE = "646"
_FIRST_PERSON = 12_126_997_000


def make_empty(platform: Platform) -> Organisation:
    """Return a new organisation without any data."""
    organisation = platform.stranger()
    organisation.sign_up("New Beginnings")
    organisation.verify_address()
    return organisation


def make_hostile(platform: Platform, operator: Api) -> Organisation:
    """Return an organisation with names, texts and sums that are hard to show."""
    organisation = platform.stranger()
    organisation.sign_up(("<i>Ünbreakable</i>" + "W" * 64)[:64])
    organisation.verify_address()
    organisation.top_up(100_000)
    organisation.set_up_sending(_NUMBERS, _AREA_CODE)
    credit = {"orgId": organisation.org_id, "amountCents": _LARGE_CREDIT_CENTS}
    for number in range(_CREDITS):
        operator.post(
            "/api/admin/billing/adjust", {**credit, "reason": f"{number}{_UNBROKEN[:200]}"}
        )
    api = organisation.api
    people = [_add_person(api, number, name) for number, name in enumerate(_NAMES)]
    for name in _NAMES:
        _add_things(organisation, name, people)
    for person in people:
        _talk(organisation, person)
    return organisation


def object_screens(api: Api) -> list[str]:
    """Return the screens of one object of each kind that an organisation has."""
    found: list[str] = []
    for path, screen in OBJECT_SCREENS:
        items = api.get(path)["items"]
        found += [screen.format(**items[0])] if items else []
    return found


def _add_person(api: Api, number: int, name: str) -> Json:
    person = {
        "firstName": name,
        "lastName": name,
        "phone": f"+{_FIRST_PERSON + number}",
        "email": f"{'m' * 60}@{'d' * 60}.example.com",
        "tags": [name[:50], "Ω" * 50],
    }
    return api.post("/api/contacts", person)


def _add_things(organisation: Organisation, name: str, people: list[Json]) -> None:
    api = organisation.api
    made = api.post("/api/contact-lists", {"name": name})
    ids = {"contactIds": [person["id"] for person in people]}
    api.post(f"/api/contact-lists/{made['id']}/members", ids)
    api.post("/api/templates", {"name": name, "content": f"{name} {_UNBROKEN}"})
    api.post("/api/api-keys", {"name": name, "scopes": ["read"]})
    endpoint = f"https://example.com/{uuid4().hex}/{'p' * 200}"
    api.post("/api/webhooks/endpoints", {"url": endpoint, "description": name})
    event = {"name": name, "date": "2031-06-01T19:00:00Z", "location": (name * 3)[:200]}
    event_id = api.post("/api/events", event)["id"]
    for person in people:
        attendee = {key: person[key] for key in ("firstName", "lastName", "phone")}
        api.post(f"/api/events/{event_id}/attendees", attendee)
    campaign_id = organisation.draft(name, made["id"], f"{name} {_UNBROKEN}")
    organisation.send(campaign_id)


def _talk(organisation: Organisation, person: Json) -> None:
    organisation.simulator.text(person["phone"], organisation.numbers[0], _UNBROKEN)
    text = {"to": person["phone"], "message": f"{_RIGHT_TO_LEFT} {_HOSTILE}"}
    organisation.api.post("/api/sms/send", text)
