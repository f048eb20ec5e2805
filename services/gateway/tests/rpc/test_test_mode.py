"""In test mode a caller works in the test organisation, with the members of the live one."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import IntegrityError

from servicekit.modes import is_test, org_in_test_mode
from services.gateway.domain.opaque_tokens import token_hash
from services.gateway.http.security_log import CROSS_ORG_ACCESS
from services.gateway.tests.members import (
    Client,
    Member,
    fields_at_fault,
    join,
    problem,
    refresh,
    sign_up,
)
from services.gateway.tests.rpc.messaging_backend import Accounts, in_test_mode
from services.gateway.tests.rpc.test_api_keys import ALL, bearing, make_key
from tests.fixtures.running import Simulator

Rows = Callable[..., list[dict[str, object]]]

LIVE_ONLY = [
    ("POST", "/api/twilio/subaccount", {}),
    ("GET", "/api/twilio/balance", None),
    ("POST", "/api/twilio/numbers/provision", {"count": 1}),
    ("GET", "/api/twilio/lookup?phone=%2B14155550123", None),
    ("POST", "/api/a2p/brand", {}),
    ("POST", "/api/billing/stripe/checkout", {"amountCents": 500}),
    ("PUT", "/api/billing/automatic-top-up", {}),
    ("POST", "/api/billing/transfers", {}),
]


@pytest.fixture
def client(with_messaging: str) -> Iterator[Client]:
    with httpx.Client(base_url=with_messaging, timeout=60) as client:
        yield client


def org_of(client: Client, headers: dict[str, str]) -> str:
    """Return the id of the organisation under which other services see the caller."""
    answer = client.get("/api/twilio/numbers", headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["items"][0]["sid"])


def test_a_session_works_in_the_test_organisation_with_a_test_token_only(
    client: Client, member: Member, accounts: Accounts, rows: Rows
) -> None:
    headers = in_test_mode(client, member)
    test_org = str(org_in_test_mode(UUID(member.org_id)))
    assert org_of(client, headers) == test_org
    assert org_of(client, member.headers) == member.org_id
    assert UUID(test_org) in accounts.prepared
    assert client.get("/api/me", headers=headers).json()["mode"] == "test"
    assert client.get("/api/me", headers=member.headers).json()["mode"] == "live"
    [stored] = rows("SELECT test_of, name FROM orgs WHERE id = :id", id=test_org)
    assert stored == {"test_of": UUID(member.org_id), "name": "Ann Lee"}


def test_a_test_token_belongs_to_the_same_session_and_can_get_more_test_tokens(
    client: Client, member: Member
) -> None:
    first = in_test_mode(client, member)
    again = client.post("/api/test-mode/tokens", json={}, headers=first)
    assert again.status_code == 200
    refreshed = refresh(client, member.session["refreshToken"]).json()
    assert org_of(client, bearing(refreshed["accessToken"])) == member.org_id
    ended = client.post("/api/auth/logout", json={"refreshToken": refreshed["refreshToken"]})
    assert ended.status_code == 204
    for headers in (first, bearing(again.json()["accessToken"])):
        problem(client.get("/api/me", headers=headers), 401, "unauthenticated")


def test_test_mode_is_prepared_once_and_audited(client: Client, member: Member, rows: Rows) -> None:
    for _ in range(2):
        in_test_mode(client, member)
    query = "SELECT id FROM orgs WHERE test_of = :org"
    assert len(rows(query, org=member.org_id)) == 1
    written = "SELECT action FROM audit_logs WHERE org_id = :org AND action LIKE 'test_mode%'"
    assert rows(written, org=member.org_id) == [{"action": "test_mode_started"}]


def test_test_mode_can_be_used_while_messaging_cannot_be_reached(
    client: Client, member: Member, accounts: Accounts
) -> None:
    in_test_mode(client, member)
    newcomer = sign_up(client)
    accounts.is_away = True
    try:
        in_test_mode(client, member)
        refused = client.post("/api/test-mode/tokens", json={}, headers=newcomer.headers)
    finally:
        accounts.is_away = False
    problem(refused, 503, "service_unavailable")
    in_test_mode(client, newcomer)


def test_a_test_token_needs_a_session(client: Client, member: Member) -> None:
    problem(client.post("/api/test-mode/tokens", json={}), 401, "unauthenticated")
    key = bearing(make_key(client, member)["key"])
    refused = client.post("/api/test-mode/tokens", json={}, headers=key)
    problem(refused, 403, "api_key_scope")
    unknown = client.post("/api/test-mode/tokens", json={"org": "x"}, headers=member.headers)
    assert fields_at_fault(unknown) == ["org"]


def test_a_test_key_can_be_recognised_and_works_in_the_test_organisation(
    client: Client, member: Member
) -> None:
    made = make_key(client, member, mode="test")
    live = make_key(client, member, name="real")
    assert made["key"].startswith("sk_test_")
    assert made["apiKey"]["mode"] == "test"
    assert made["apiKey"]["prefix"] == made["key"][: len("sk_test_") + 6]
    assert live["apiKey"]["mode"] == "live"
    assert is_test(UUID(org_of(client, bearing(made["key"]))))
    assert org_of(client, bearing(live["key"])) == member.org_id
    assert client.get("/api/me", headers=bearing(made["key"])).json()["mode"] == "test"


def test_keys_of_both_modes_are_listed_and_revoked_in_both_modes(
    client: Client, member: Member
) -> None:
    made = [make_key(client, member, name=mode, mode=mode) for mode in ("live", "test")]
    in_test = in_test_mode(client, member)
    for headers in (member.headers, in_test):
        listed = client.get("/api/api-keys", headers=headers).json()["items"]
        assert sorted(key["mode"] for key in listed) == ["live", "test"]
    for key, headers in zip(made, (in_test, member.headers), strict=True):
        path = f"/api/api-keys/{key['apiKey']['id']}"
        assert client.delete(path, headers=headers).status_code == 204
        problem(client.get("/api/me", headers=bearing(key["key"])), 401, "unauthenticated")


def test_a_key_has_the_mode_of_the_session_that_makes_it(client: Client, member: Member) -> None:
    wish = {"name": "ci", "scopes": ALL}
    made = client.post("/api/api-keys", json=wish, headers=in_test_mode(client, member)).json()
    assert made["apiKey"]["mode"] == "test"
    assert made["key"].startswith("sk_test_")


def test_a_mode_that_does_not_exist_is_refused(client: Client, member: Member) -> None:
    wish = {"name": "ci", "scopes": ALL, "mode": "sandbox"}
    answer = client.post("/api/api-keys", json=wish, headers=member.headers)
    assert fields_at_fault(answer) == ["mode"]


def test_the_previous_release_does_not_find_test_keys(
    client: Client, member: Member, rows: Rows
) -> None:
    key = make_key(client, member, mode="test")["key"]
    query = "SELECT key_hash FROM api_keys WHERE org_id = :org"
    assert rows(query, org=member.org_id) != [{"key_hash": token_hash(key)}]


def test_members_and_sessions_are_those_of_the_live_organisation(
    client: Client, simulator: Simulator, member: Member
) -> None:
    colleague = join(client, simulator, member, "admin")
    headers = in_test_mode(client, member)
    listed = client.get("/api/org/members", headers=headers).json()["items"]
    assert {each["id"] for each in listed} == {member.id, colleague.id}
    assert client.get("/api/org", headers=headers).json()["id"] == member.org_id
    its_token, its_key = in_test_mode(client, colleague), make_key(client, colleague, mode="test")
    gone = client.delete(f"/api/org/members/{colleague.id}", headers=headers)
    assert gone.status_code == 204
    for credential in (its_token, bearing(its_key["key"])):
        problem(client.get("/api/me", headers=credential), 401, "unauthenticated")


def test_an_idempotency_key_can_be_used_once_in_each_mode(client: Client, member: Member) -> None:
    shared = {"Idempotency-Key": uuid4().hex}
    headers = {**in_test_mode(client, member), **shared}
    wish = {"email": f"{uuid4().hex}@example.com", "role": "member"}
    first = client.post("/api/org/invitations", json=wish, headers=headers)
    again = client.post("/api/org/invitations", json=wish, headers=headers)
    live = client.post("/api/org/invitations", json=wish, headers={**member.headers, **shared})
    assert first.status_code == 201
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in live.headers


def test_requests_in_test_mode_have_their_own_rate_limits(client: Client, member: Member) -> None:
    headers = in_test_mode(client, member)
    for _ in range(5):
        org_of(client, headers)
    left = [
        int(client.get("/api/twilio/numbers", headers=each).headers["RateLimit-Remaining"])
        for each in (headers, member.headers)
    ]
    assert left[1] > left[0]


@pytest.mark.parametrize(("verb", "path", "body"), LIVE_ONLY)
def test_requests_that_move_money_or_change_numbers_are_refused_in_test_mode(
    client: Client, member: Member, verb: str, path: str, body: dict[str, Any] | None
) -> None:
    key = bearing(make_key(client, member, mode="test", scopes=[*ALL, "admin"])["key"])
    for headers in (key, in_test_mode(client, member)):
        answer = client.request(verb, path, json=body, headers=headers)
        problem(answer, 403, "not_in_test_mode")


def attempts() -> float:
    """Return how many attempts to use another organisation's ids were counted."""
    labels = {"action": CROSS_ORG_ACCESS}
    return REGISTRY.get_sample_value("smsblaster_security_events_total", labels) or 0.0


def test_the_audit_log_of_each_mode_shows_its_own_entries(client: Client, member: Member) -> None:
    headers = in_test_mode(client, member)
    # The refused attempt is recorded in the organisation in which it was made. The alert counts
    # attempts in live mode only.
    before = attempts()
    refused = client.get("/api/twilio/numbers?country=DE", headers=headers)
    problem(refused, 403, "cross_org_access")
    assert attempts() == before
    for each, shows in ((headers, True), (member.headers, False)):
        path = f"/api/audit?userId={member.id}&action=cross_org_access"
        answer = client.get(path, headers=each)
        assert answer.status_code == 200, answer.text
        assert bool(answer.json()["items"]) is shows


def test_a_test_organisation_needs_the_id_of_its_live_organisation(
    member: Member, rows: Rows
) -> None:
    insert = "INSERT INTO orgs (id, name, time_zone, test_of) VALUES (:id, 'Test', 'UTC', :test_of)"
    live = UUID(member.org_id)
    for wrong in (
        {"id": uuid4(), "test_of": live},
        {"id": org_in_test_mode(live), "test_of": None},
    ):
        with pytest.raises(IntegrityError, match="ck_orgs_test"):
            rows(insert, **wrong)
