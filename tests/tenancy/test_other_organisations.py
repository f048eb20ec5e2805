"""Another organisation's ids, on every route that takes one: refused, logged, nothing touched.

The routes come from the contract. A route that takes an id and has no case here fails the first
test, so that none is added without its case.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql

from deploy.local.demo.api import Api
from services.gateway.http.contract import Method, public_methods
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("tenancy")]

METHODS = {method.name: method for method in public_methods()}
_ID = re.compile(r"(^|_)(id|ids|sid)$")
# Not a thing of an organisation: a token names itself.
_NO_ORGANISATIONS = frozenset({"AuthService.Logout", "AuthService.Refresh"})


# How far the poller for lost webhooks has come moves on its own.
_DIGEST = sql.SQL(
    "SELECT coalesce(md5(string_agg(line, '|' ORDER BY line)), '') FROM ("
    " SELECT (to_jsonb(t) - 'inbound_seen_at')::text AS line FROM {} AS t WHERE org_id = %s"
    ") AS lines"
)


@dataclass(frozen=True)
class Belongings:
    """The ids of one organisation's things."""

    org_id: str
    token: str
    ids: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.ids[name]


@dataclass(frozen=True)
class Case:
    """How to name a foreign thing on a route: path variables, body, query, or a form to upload.

    Each is made from the caller's own and the other organisation's belongings.
    """

    path: Callable[[Belongings], Mapping[str, str]] = lambda _: {}
    body: Callable[[Belongings, Belongings], Mapping[str, Any] | None] = lambda _m, _t: None
    query: Callable[[Belongings], Mapping[str, str]] = lambda _: {}
    form: Callable[[Belongings], Mapping[str, str]] | None = None


def by_path(thing: str, variable: str = "id", /, **body: Any) -> Case:
    """A case that names the foreign thing in the path."""
    return Case(path=lambda theirs: {variable: theirs[thing]}, body=lambda _m, _t: body or None)


CASES: Mapping[str, tuple[Case, ...]] = {
    "CampaignService.CreateCampaign": (
        Case(body=lambda _, t: {"name": "x", "message": "x", "listId": t["list"]}),
        Case(body=lambda m, t: {"name": "x", "templateId": t["template"], "listId": m["list"]}),
    ),
    "CampaignService.GetCampaign": (by_path("campaign"),),
    "CampaignService.UpdateCampaign": (
        by_path("campaign", name="x"),
        Case(path=lambda t: {"id": "mine:campaign"}, body=lambda _, t: {"listId": t["list"]}),
        Case(
            path=lambda t: {"id": "mine:campaign"}, body=lambda _, t: {"templateId": t["template"]}
        ),
    ),
    "CampaignService.DeleteCampaign": (by_path("campaign"),),
    "CampaignService.DuplicateCampaign": (by_path("campaign"),),
    "CampaignService.SendCampaign": (by_path("campaign"),),
    "CampaignService.PauseCampaign": (by_path("campaign"),),
    "CampaignService.ResumeCampaign": (by_path("campaign"),),
    "CampaignService.GetCampaignMetrics": (by_path("campaign"),),
    "MessageService.GetMessage": (by_path("message"),),
    "QuickSendService.SendText": (
        Case(body=lambda _, t: {"to": "+12126000009", "templateId": t["template"]}),
    ),
    "TemplateService.GetTemplate": (by_path("template"),),
    "TemplateService.UpdateTemplate": (by_path("template", name="x"),),
    "TemplateService.DeleteTemplate": (by_path("template"),),
    "ContactService.GetContact": (by_path("contact"),),
    "ContactService.UpdateContact": (by_path("contact", firstName="x"),),
    "ContactService.DeleteContact": (by_path("contact"),),
    "ContactService.ListContacts": (Case(query=lambda t: {"listId": t["list"]}),),
    "ContactListService.GetList": (by_path("list"),),
    "ContactListService.UpdateList": (by_path("list", name="x"),),
    "ContactListService.DeleteList": (by_path("list"),),
    "ContactListService.AddMembers": (
        Case(path=lambda t: {"id": t["list"]}, body=lambda m, _: {"contactIds": [m["contact"]]}),
        Case(path=lambda _: {"id": "mine:list"}, body=lambda _, t: {"contactIds": [t["contact"]]}),
    ),
    "ContactListService.RemoveMembers": (
        Case(path=lambda t: {"id": t["list"]}, body=lambda _, t: {"contactIds": [t["contact"]]}),
    ),
    "TransferService.ImportContacts": (Case(form=lambda t: {"listId": t["list"]}),),
    "TransferService.ExportContacts": (Case(query=lambda t: {"listId": t["list"]}),),
    "NumberService.ReleaseNumber": (by_path("number", "sid"),),
    "MessagingServiceService.AddNumber": (
        Case(path=lambda t: {"sid": t["service"]}, body=lambda m, _: {"phoneSid": m["number"]}),
        Case(path=lambda _: {"sid": "mine:service"}, body=lambda _, t: {"phoneSid": t["number"]}),
    ),
    "MessagingServiceService.UpdateMessagingService": (
        by_path("service", "sid", stickySender=False),
    ),
    "ThreadService.GetThread": (by_path("contact", "contactId"),),
}


def takes_an_id(method: Method) -> bool:
    fields = method.descriptor.input_type.fields
    return any(_ID.search(f.name) for f in fields) and method.name not in _NO_ORGANISATIONS


def test_every_route_that_takes_an_id_has_its_case() -> None:
    assert {name for name, method in METHODS.items() if takes_an_id(method)} == set(CASES)


@dataclass
class Neighbours:
    """Two organisations on one platform."""

    platform: Platform
    mine: Belongings
    theirs: Belongings

    def call(self, method: Method, case: Case, ids: Belongings) -> httpx.Response:
        path = method.path
        for name, value in case.path(ids).items():
            own = value.removeprefix("mine:")
            path = path.replace(f"{{{name}}}", self.mine[own] if own != value else value)
        request: dict[str, Any] = {"params": dict(case.query(ids))}
        body = case.body(self.mine, ids)
        if case.form:
            request |= {
                "data": case.form(ids),
                "files": {"file": ("x.csv", b"phone\n", "text/csv")},
            }
        elif body is not None or method.verb == "POST":
            request["json"] = body or {}
        return httpx.request(
            method.verb,
            self.platform.stack.gateway_url + path,
            headers={"Authorization": f"Bearer {self.mine.token}"},
            timeout=30,
            **request,
        )

    def snapshot(self) -> dict[str, str]:
        """A digest of every row of the other organisation, by table."""
        found = {}
        for service in ("billing", "contacts", "messaging", "campaigns"):
            with psycopg.connect(self.platform.stack.postgres.url(service)) as connection:
                for table in _tables_with_org(connection):
                    query = _DIGEST.format(sql.Identifier(table))
                    [digest] = connection.execute(query, (self.theirs.org_id,)).fetchone() or [""]
                    found[f"{service}.{table}"] = digest
        return found

    def security_events(self) -> int:
        [row] = self.platform.rows(
            "gateway",
            "SELECT count(*) AS number FROM audit_logs WHERE action = 'cross_org_access'",
        )
        return int(str(row["number"]))


def _tables_with_org(connection: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    rows = connection.execute(
        "SELECT table_name FROM information_schema.columns"
        " WHERE column_name = 'org_id' AND table_schema = 'public' ORDER BY 1"
    )
    return [row[0] for row in rows]


def is_delivered(api: Api, message_id: str) -> bool:
    return bool(api.get(f"/api/messages/{message_id}")["message"]["status"] == "delivered")


def belongings(platform: Platform, first: int) -> Belongings:
    """Everything that an organisation can have, one of each."""
    organisation = platform.organisation(f"Tenant {first}")
    api = organisation.api
    people = audience(3, first)
    list_id, _ = organisation.list_from("People", csv_of(people))
    message = api.post("/api/sms/send", {"to": people[0], "message": "Hello"})
    organisation.outside.text(people[0], organisation.numbers[0], "Hi")
    wait_until_sync(lambda: api.get("/api/messages/threads")["items"][0]["unreadCount"], 30)
    wait_until_sync(lambda: is_delivered(api, message["id"]), 30)
    template = api.post("/api/templates", {"name": "T", "content": "Hi {{firstName}}"})
    [number, *_] = api.get("/api/twilio/numbers")["items"]
    ids = {
        "list": list_id,
        "message": message["id"],
        "contact": message["contactId"],
        "template": template["id"],
        "campaign": organisation.draft("C", list_id, "Hi"),
        "number": number["sid"],
        "service": api.get("/api/twilio/messaging-services")["sid"],
    }
    return Belongings(organisation.org_id, api.access_token, ids)


@pytest.fixture(scope="module")
def neighbours(platform: Platform) -> Neighbours:
    return Neighbours(platform, belongings(platform, 5000), belongings(platform, 6000))


EACH = [(name, case) for name, cases in CASES.items() for case in cases]


@pytest.mark.parametrize(("name", "case"), EACH, ids=lambda v: v if isinstance(v, str) else "")
def test_another_organisations_id_is_refused_and_logged(
    neighbours: Neighbours, name: str, case: Case
) -> None:
    before, events = neighbours.snapshot(), neighbours.security_events()
    answer = neighbours.call(METHODS[name], case, neighbours.theirs)
    assert answer.status_code == 403, answer.text
    problem = answer.json()
    assert problem["code"] == "cross_org_access"
    leaked = [v for v in neighbours.theirs.ids.values() if v in answer.text]
    assert not leaked
    assert neighbours.snapshot() == before
    wait_until_sync(lambda: neighbours.security_events() == events + 1, 10)


@pytest.mark.parametrize(("name", "case"), EACH, ids=lambda v: v if isinstance(v, str) else "")
def test_an_id_that_is_nowhere_is_not_found(neighbours: Neighbours, name: str, case: Case) -> None:
    nowhere = {
        key: f"{value[:2]}{uuid4().hex}" if key in ("number", "service") else str(uuid4())
        for key, value in neighbours.theirs.ids.items()
    }
    events = neighbours.security_events()
    answer = neighbours.call(METHODS[name], case, Belongings("", "", nowhere))
    assert answer.status_code == 404, answer.text
    assert neighbours.security_events() == events


CLOSED = sorted(name for name, method in METHODS.items() if not method.is_public)


@pytest.mark.parametrize("name", CLOSED)
def test_no_route_serves_a_caller_without_a_token(neighbours: Neighbours, name: str) -> None:
    method = METHODS[name]
    path = re.sub(r"\{\w+\}", str(uuid4()), method.path)
    url = neighbours.platform.stack.gateway_url + path
    answer = httpx.request(method.verb, url, timeout=30)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
