"""Every route refuses requests with another organisation's id, logs them, and changes nothing.

The routes come from the contract. The first test fails if a route that takes an id has no case
here, so that every new route gets a case.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import httpx
import pytest

from services.gateway.http.contract import Method, public_methods
from smsblaster.options.v1 import access_pb2
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync
from tests.tenancy.case import Belongings, Case
from tests.tenancy.cases import CASES
from tests.tenancy.digests import Databases
from tests.tenancy.neighbours import Neighbours, belongings

pytestmark = pytest.mark.stack

METHODS = {method.name: method for method in public_methods()}
_ID = re.compile(r"(^|_)(id|ids|sid)$")
# These routes take no id of an organisation's object, but a token or a signed link.
_NO_ORGANISATIONS = frozenset(
    {
        "ExportService.DownloadExport",
        "MediaService.DownloadMedia",
        "AuthService.Logout",
        "AuthService.Refresh",
    }
)
# These routes only choose among the caller's own rows, so that a foreign id matches nothing, just
# like an unknown one.
_FILTERS = frozenset(
    {
        "ListUseService.ListLastCampaigns",
        "OrganisationService.ListPeople",
        "RequestLogService.GetRequest",
        "TransactionExportService.ExportTransactions",
        "TransactionService.ListTransactions",
    }
)


TWILIOS = frozenset(("number", "service", "brand", "a2p_campaign"))
"""Objects whose ids are made by Twilio."""


def is_for_operators(method: Method) -> bool:
    """Tell whether a route is for operators, who may use the ids of any organisation."""
    return method.access.caller == access_pb2.CALLER_PLATFORM_ADMIN


def takes_an_id(method: Method) -> bool:
    if method.name in _NO_ORGANISATIONS | _FILTERS or is_for_operators(method):
        return False
    return any(_ID.search(field.name) for field in method.descriptor.input_type.fields)


def test_every_route_that_takes_an_id_has_a_test_case() -> None:
    assert {name for name, method in METHODS.items() if takes_an_id(method)} == set(CASES)


@pytest.fixture(scope="module")
def neighbours(platform: Platform) -> Iterator[Neighbours]:
    with ThreadPoolExecutor() as pool:  # made at the same time, because most of the work is waiting
        mine, theirs = pool.map(partial(belongings, platform), (5000, 6000))
    with (
        httpx.Client(base_url=platform.stack.gateway_url, timeout=30) as http,
        Databases.of(platform) as databases,
    ):
        yield Neighbours(http, databases, mine, theirs)


EACH = [(name, case) for name, cases in CASES.items() for case in cases]


@pytest.mark.parametrize(("name", "case"), EACH, ids=lambda v: v if isinstance(v, str) else "")
def test_another_organisations_id_is_refused_and_logged(
    neighbours: Neighbours, name: str, case: Case
) -> None:
    events = neighbours.databases.security_events()
    answer = neighbours.call(METHODS[name], case, neighbours.theirs)
    assert answer.status_code == 403, answer.text
    problem = answer.json()
    assert problem["code"] == "cross_org_access"
    leaked = [v for v in neighbours.theirs.ids.values() if v in answer.text]
    assert not leaked
    assert neighbours.changed_tables() == []
    wait_until_sync(lambda: neighbours.databases.security_events() == events + 1)


@pytest.mark.parametrize(("name", "case"), EACH, ids=lambda v: v if isinstance(v, str) else "")
def test_an_unknown_id_is_not_found(neighbours: Neighbours, name: str, case: Case) -> None:
    nowhere = {
        key: f"{value[:2]}{uuid4().hex}" if key in TWILIOS else str(uuid4())
        for key, value in neighbours.theirs.ids.items()
    }
    events = neighbours.databases.security_events()
    answer = neighbours.call(METHODS[name], case, Belongings("", "", nowhere))
    assert answer.status_code == 404, answer.text
    assert neighbours.databases.security_events() == events


def test_sharing_an_event_does_not_reveal_other_organisations_users(
    neighbours: Neighbours,
) -> None:
    share = Case(
        path=lambda them: {"eventId": "mine:event", "userId": them["user"]},
        body=lambda _m, _t: {"permission": "curate"},
    )
    nobody = Belongings("", "", {"user": str(uuid4())})
    answers = [
        neighbours.call(METHODS["EventService.SetOrganizer"], share, them)
        for them in (neighbours.theirs, nobody)
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    told, untold = ({**answer.json(), "requestId": ""} for answer in answers)
    assert told == untold
    assert (told["code"], told["errors"][0]["field"]) == ("not_a_member", "userId")
    assert neighbours.changed_tables() == []


OPERATORS = sorted(name for name, method in METHODS.items() if is_for_operators(method))


@pytest.mark.parametrize("name", OPERATORS)
def test_routes_for_operators_refuse_an_organisation(neighbours: Neighbours, name: str) -> None:
    path = Case(path=lambda _: dict.fromkeys(METHODS[name].variables, str(uuid4())))
    answer = neighbours.call(METHODS[name], path, neighbours.theirs)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert neighbours.changed_tables() == []


CLOSED = sorted(name for name, method in METHODS.items() if not method.is_public)


@pytest.mark.parametrize("name", CLOSED)
def test_every_route_that_is_not_public_refuses_a_caller_without_a_token(
    neighbours: Neighbours, name: str
) -> None:
    method = METHODS[name]
    path = re.sub(r"\{\w+\}", str(uuid4()), method.path)
    answer = neighbours.http.request(method.verb, path)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
