"""Routes that call other services: requests, responses and outages."""

from collections.abc import Callable

import pytest
import structlog
from structlog.testing import capture_logs

from services.gateway.http.contract import Method, public_methods
from services.gateway.tests.members import Client, Member, problem
from services.gateway.tests.rpc.backends import FOREIGN_ID, MISSING_ID

Rows = Callable[..., list[dict[str, object]]]
KNOWN_ID = "0190e2a0-0000-7000-8000-000000000001"


def filled(method: Method) -> str:
    """Return the path of a method's route, with ids in place of its variables."""
    values = {"sid": f"PN{'0' * 32}"}
    return method.path.format(**{name: values.get(name, KNOWN_ID) for name in method.variables})


PRIVATE = [method for method in public_methods() if not method.is_public]


@pytest.mark.parametrize("method", PRIVATE, ids=lambda method: method.name)
def test_every_route_except_the_public_ones_needs_a_token(client: Client, method: Method) -> None:
    problem(client.request(method.verb, filled(method)), 401, "unauthenticated")


def test_only_sign_in_routes_are_public() -> None:
    public = {method.path for method in public_methods() if method.is_public}
    sessions = {"register", "login", "second-factor", "refresh", "logout"}
    mailed = {"request-reset", "reset", "verify", "accept-invitation", "confirm-email"}
    # The link to an export or a picture is its own proof of access.
    link = {"/api/history/exports/{id}/download", "/api/media/{id}"}
    assert public == {f"/api/auth/{name}" for name in sessions | mailed} | link


def test_services_receive_the_caller_and_the_request_id(client: Client, member: Member) -> None:
    headers = {**member.headers, "X-Request-Id": "my-request"}
    answer = client.get(f"/api/contacts/{KNOWN_ID}", headers=headers)
    assert answer.status_code == 200
    told = answer.json()
    assert told["id"] == KNOWN_ID
    assert told["firstName"] == member.id
    assert told["lastName"] == "Ann Lee"
    assert told["tags"] == ["owner"]
    assert told["email"] == "my-request"


def test_query_parameters_reach_the_service(client: Client, member: Member) -> None:
    query = {"search": "Zoë & co", "page": "3", "limit": "20"}
    answer = client.get("/api/contacts", params=query, headers=member.headers).json()
    assert answer["items"][0]["firstName"] == "Zoë & co"
    assert answer["total"] == 60


def test_a_request_that_creates_something_gets_status_201(client: Client, member: Member) -> None:
    body = {"phone": "+14155550123", "tags": ["a", "b"]}
    answer = client.post("/api/contacts", json=body, headers=member.headers)
    assert answer.status_code == 201
    assert answer.json()["tags"] == ["a", "b"]
    assert answer.headers["Content-Type"] == "application/json"


def test_an_error_that_a_service_raises_is_passed_on_to_the_client(
    client: Client, member: Member
) -> None:
    answer = client.get(f"/api/contacts/{MISSING_ID}", headers=member.headers)
    document = problem(answer, 404, "contact_not_found")
    assert document["detail"] == "There is no such contact."
    assert document["title"] == "Not Found"


def test_internal_errors_of_a_service_are_hidden(client: Client, member: Member) -> None:
    body = {"phone": "+14155550123", "firstName": "Crash"}
    answer = client.post("/api/contacts", json=body, headers=member.headers)
    problem(answer, 500, "internal_error")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("verb", "path"), [("POST", "/api/twilio/subaccount"), ("GET", "/api/billing/balance")]
)
def test_a_request_to_an_unreachable_service_gets_503_within_seconds(
    client: Client, member: Member, verb: str, path: str
) -> None:
    answer = client.request(verb, path, headers=member.headers, timeout=100)
    problem(answer, 503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("path", "code", "event"),
    [
        ("/api/twilio/subaccount", "service_unavailable", "request_unavailable"),
        ("/api/contacts", "internal_error", "request_failed"),
    ],
    ids=["a service is away", "a service fails"],
)
def test_a_failure_is_logged_with_its_cause_and_the_requests_id(
    client: Client, member: Member, path: str, code: str, event: str
) -> None:
    body = {} if "twilio" in path else {"phone": "+14155550123", "firstName": "Crash"}
    with capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        answer = client.post(path, json=body, headers=member.headers)
    document = problem(answer, answer.status_code, code)
    [line] = [line for line in lines if line["event"] == event]
    assert line["request_id"] == document["requestId"]
    assert "AioRpcError" in (line.get("error") or repr(line["exc_info"].__cause__))


def test_an_attempt_to_access_another_organisation_is_a_security_event(
    client: Client, member: Member, rows: Rows
) -> None:
    answer = client.get(f"/api/contacts/{FOREIGN_ID}", headers=member.headers)
    problem(answer, 403, "cross_org_access")
    [entry] = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'cross_org_access'",
        org=member.org_id,
    )
    assert str(entry["actor_user_id"]) == member.id
    assert entry["entity_id"] == "GET /api/contacts/{id}"
    assert entry["meta"] == {
        "path": {"id": FOREIGN_ID},
        "requestId": answer.headers["X-Request-Id"],
    }


def test_members_cannot_call_admin_routes(client: Client, member: Member, rows: Rows) -> None:
    rows("UPDATE user_profiles SET role = 'member' WHERE user_id = :id", id=member.id)
    problem(client.post("/api/twilio/subaccount", headers=member.headers), 403, "forbidden")


def test_operators_can_call_admin_routes(client: Client, member: Member, rows: Rows) -> None:
    rows("UPDATE user_profiles SET role = 'member' WHERE user_id = :id", id=member.id)
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=member.id)
    answer = client.post("/api/twilio/subaccount", headers=member.headers)
    problem(answer, 503, "service_unavailable")
